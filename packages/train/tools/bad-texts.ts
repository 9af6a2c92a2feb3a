import { createRandom } from "./corpus.ts";

/** Kinds of text that no reference work would hold, each made by rule, partly out of pieces of good texts. */
export const BAD_KINDS = [
  "menu",
  "advertisement",
  "stuffed keywords",
  "listing",
  "comments",
  "log",
  "teasers",
] as const;

const MENUS: readonly string[] = [
  "Home|About us|Contact|Login|Sign up|Privacy policy|Terms of use|Site map|Search|Help|FAQ|Cart|Checkout|My account|Next|Previous|Share|Print|Subscribe|Follow us|All rights reserved|Accept cookies|Read more|Back to top|Newsletter|Careers|Press|Blog|Shop|Products|Services",
  "Startseite|Über uns|Kontakt|Anmelden|Registrieren|Datenschutz|Impressum|AGB|Suche|Hilfe|Warenkorb|Zur Kasse|Mein Konto|Weiter|Zurück|Teilen|Drucken|Alle Rechte vorbehalten|Cookies akzeptieren|Mehr lesen|Nach oben|Versand|Produkte",
  "Accueil|À propos|Contact|Connexion|S'inscrire|Mentions légales|Confidentialité|Plan du site|Rechercher|Aide|Panier|Commander|Mon compte|Suivant|Précédent|Partager|Imprimer|Tous droits réservés|Accepter les cookies|Lire la suite|Haut de page",
  "Home|Chi siamo|Contatti|Accedi|Registrati|Privacy|Condizioni d'uso|Mappa del sito|Cerca|Aiuto|Carrello|Cassa|Il mio account|Avanti|Indietro|Condividi|Stampa|Tutti i diritti riservati|Accetta i cookie|Leggi tutto|Torna su",
  "Início|Sobre nós|Contato|Entrar|Cadastre-se|Privacidade|Termos de uso|Mapa do site|Buscar|Ajuda|Carrinho|Finalizar compra|Minha conta|Próximo|Anterior|Compartilhar|Imprimir|Todos os direitos reservados|Aceitar cookies|Leia mais",
  "Inicio|Quiénes somos|Contacto|Entrar|Registrarse|Privacidad|Aviso legal|Mapa del sitio|Buscar|Ayuda|Carrito|Pagar|Mi cuenta|Siguiente|Anterior|Compartir|Imprimir|Todos los derechos reservados|Aceptar cookies|Leer más|Volver arriba",
  "होम|हमारे बारे में|संपर्क|लॉगिन|साइन अप|गोपनीयता|नियम|खोजें|सहायता|कार्ट|मेरा खाता|अगला|पिछला|साझा करें|प्रिंट|सर्वाधिकार सुरक्षित|और पढ़ें",
];
const OFFERS: readonly string[] = [
  "Buy cheap % online now!!!|Best % deals - 70% OFF today only|Click here to get your FREE %|Order % without prescription, fast worldwide shipping|Limited time offer! % at the lowest price guaranteed|Make $5000 a week with % from home|You won't believe what this % can do|100% satisfaction or your money back! Call now",
  "% günstig online kaufen!!!|Nur heute: % bis zu 70 % reduziert|Jetzt klicken und % GRATIS sichern|% zum Bestpreis - sofort lieferbar|Geld verdienen mit % von zu Hause",
  "Achetez % pas cher en ligne !!!|Promo % -70 % aujourd'hui seulement|Cliquez ici pour recevoir % GRATUIT|% au meilleur prix, livraison rapide|Gagnez de l'argent avec %",
  "Compra % online a poco prezzo!!!|Offerta % -70% solo oggi|Clicca qui e ricevi % GRATIS|% al miglior prezzo, spedizione veloce",
  "Compre % barato online!!!|Promoção % 70% OFF só hoje|Clique aqui e ganhe % GRÁTIS|% com o melhor preço, frete rápido|Ganhe dinheiro com %",
  "¡¡¡Compra % barato online!!!|Oferta % -70% solo hoy|Haz clic aquí y consigue % GRATIS|% al mejor precio, envío rápido|Gana dinero con %",
  "% सस्ते में ऑनलाइन खरीदें!!!|आज ही % पर 70% छूट|मुफ्त % पाने के लिए यहाँ क्लिक करें",
];
const REPLIES =
  "first|lol|thx for sharing|+1|me too|great post!!|nice blog, check out mine|so true|omg|wtf is this|anyone??|bump|solved, thanks|can someone help plz|this^|danke!|merci bcp|grazie mille|vlw|gracias amigo|haha ja|mdr|kkkk|jajaja".split(
    "|",
  );

/** `count` bad texts of a kind; the words come from `good`. */
export function makeBadTexts(
  kind: (typeof BAD_KINDS)[number],
  good: readonly string[],
  count: number,
  seed: number,
): string[] {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const word = (): string => pick(pick(good).split(/\s+/)).replace(/[^\p{L}\p{M}]/gu, "") || "item";
  const repeat = (low: number, high: number, make: () => string): string[] =>
    Array.from({ length: low + below(high - low) }, make);
  const makers: { [K in (typeof BAD_KINDS)[number]]: () => string } = {
    menu: () => {
      const items = pick(MENUS).split("|");
      return repeat(15, 60, () => (random() < 0.7 ? pick(items) : word())).join(
        pick(["\n", " | ", " » ", " "]),
      );
    },
    advertisement: () => {
      const offers = pick(OFFERS).split("|");
      const goods = repeat(1, 3, word);
      return repeat(5, 20, () => pick(offers).replace("%", pick(goods))).join(pick(["\n", " ", " *** "]));
    },
    "stuffed keywords": () => {
      const keys = repeat(3, 8, () => `${word()} ${word()}`);
      return repeat(25, 90, () => pick(keys)).join(pick([", ", " ", "\n"]));
    },
    listing: () =>
      repeat(
        10,
        40,
        () =>
          `${word()} ${word()} - ${pick(["$", "€", "£", "R$"])}${below(900)}.${10 + below(89)} (${below(500)} ${pick(["reviews", "Bewertungen", "avis", "recensioni", "opiniones"])})`,
      ).join("\n"),
    comments: () =>
      repeat(
        8,
        30,
        () =>
          `${word().toLowerCase()}${below(999)} ${1 + below(28)}/${1 + below(12)}/20${10 + below(14)} ${below(24)}:${10 + below(49)}\n${pick(REPLIES)} ${random() < 0.4 ? word() : ""}`,
      ).join("\n"),
    log: () =>
      repeat(
        10,
        50,
        () =>
          `20${10 + below(14)}-0${1 + below(9)}-1${below(9)} ${10 + below(13)}:${10 + below(49)}:${10 + below(49)} [${pick(["INFO", "WARN", "ERROR"])}] ${word()}.${word()}(${word()}.java:${below(900)}) 0x${below(1e9).toString(16)}`,
      ).join("\n"),
    teasers: () =>
      repeat(6, 20, () => {
        const words = pick(good).split(/\s+/);
        const from = below(words.length);
        return `${words.slice(from, from + 4 + below(8)).join(" ")}... ${pick(pick(MENUS).split("|"))}`;
      }).join("\n"),
  };
  return Array.from({ length: count }, makers[kind]);
}
