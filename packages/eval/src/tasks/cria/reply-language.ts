import { plainWords } from "./reply-rules.ts";

// What short talk in each language is made of: function words, and words of greetings. A word may be of several.
const talk: Readonly<Record<string, string>> = {
  en: "hello hi hey good morning afternoon evening i you are am is how can help the a to my your what do thank thanks nice meet fine today it's i'm me it and that about would like",
  de: "hallo guten guter gute morgen tag abend ich du sie dir ihnen mir bin ist wie kann geht gut helfen danke schön und freut mich der die das es was heute dich grüß servus auch willkommen womit heiße",
  fr: "bonjour salut bonsoir coucou je vous tu te toi suis est comment ça va bien aider puis peux merci et enchanté ravi que aujourd'hui le la de en avec moi quoi j'espère m'appelle très",
  it: "ciao buongiorno buonasera salve buon pomeriggio giorno io tu ti mi sono è come posso aiutarti aiutarla sto stai sta bene grazie piacere e che oggi il di cosa in lei tutto conoscerti aiutare",
  pt: "olá oi bom boa dia tarde noite eu você te me estou está é como posso ajudar ajudá-lo bem obrigado obrigada prazer e que hoje o em tudo vai conhecer conhecê-lo com",
  es: "hola buenos buenas días tardes noches yo tú usted te me estoy estás es cómo puedo ayudar ayudarte ayudarle bien gracias gusto y qué hoy el en mucho encantado todo tal conocerte con",
};

/** Words of a greeting, or of the answer to one. */
const greetings: Readonly<Record<string, string>> = {
  en: "hello|hi|hey|good morning|good afternoon|good evening|nice to meet you|welcome|thank you|thanks",
  de: "hallo|guten|grüß|servus|willkommen|freut mich|danke|hi",
  fr: "bonjour|salut|bonsoir|coucou|enchanté|bienvenue|merci|ravi",
  it: "ciao|buongiorno|buonasera|buon|salve|piacere|benvenuto|grazie|ehi",
  pt: "olá|oi|bom dia|boa tarde|boa noite|prazer|obrigado|obrigada",
  es: "hola|buenos días|buenas|mucho gusto|encantado|gracias|bienvenido",
};

const wordSets = new Map(
  Object.entries(talk).map(([language, words]) => [language, new Set(words.split(" "))]),
);

/** Languages that greetings are told apart in. */
export const greetingLanguages: readonly string[] = Object.keys(greetings);

/** Whether a reply greets in the language: more of its words are of it than of any other, and one is a greeting. */
export function greetsIn(language: string, reply: string): { isLanguage: boolean; isGreeting: boolean } {
  const words = plainWords(reply);
  const parts = words.split(" ").flatMap((word) => [word, ...(word.includes("'") ? word.split("'") : [])]);
  const hits = (of: string): number => parts.filter((word) => wordSets.get(of)!.has(word)).length;
  const mine = hits(language);
  const others = greetingLanguages.filter((other) => other !== language).map(hits);
  return {
    isLanguage: mine > 0 && mine >= Math.max(...others),
    isGreeting: greetings[language]!.split("|").some((greeting) => words.includes(` ${greeting} `)),
  };
}
