/** The five languages besides English. */
export const languageNames = ["German", "French", "Italian", "Portuguese", "Spanish"] as const;

const table = (rows: string): readonly (readonly string[])[] =>
  rows
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s*\|\s*/));

/** Words: English, then the languages in the order of `languageNames`. */
export const wordTable: readonly (readonly string[])[] = table(`
dog|Hund|chien|cane|cão|perro
cat|Katze|chat|gatto|gato|gato
house|Haus|maison|casa|casa|casa
water|Wasser|eau|acqua|água|agua
bread|Brot|pain|pane|pão|pan
milk|Milch|lait|latte|leite|leche
book|Buch|livre|libro|livro|libro
tree|Baum|arbre|albero|árvore|árbol
sun|Sonne|soleil|sole|sol|sol
moon|Mond|lune|luna|lua|luna
star|Stern|étoile|stella|estrela|estrella
day|Tag|jour|giorno|dia|día
night|Nacht|nuit|notte|noite|noche
friend|Freund|ami|amico|amigo|amigo
mother|Mutter|mère|madre|mãe|madre
father|Vater|père|padre|pai|padre
brother|Bruder|frère|fratello|irmão|hermano
sister|Schwester|sœur|sorella|irmã|hermana
child|Kind|enfant|bambino|criança|niño
man|Mann|homme|uomo|homem|hombre
woman|Frau|femme|donna|mulher|mujer
school|Schule|école|scuola|escola|escuela
car|Auto|voiture|macchina|carro|coche
street|Straße|rue|strada|rua|calle
city|Stadt|ville|città|cidade|ciudad
country|Land|pays|paese|país|país
red|rot|rouge|rosso|vermelho|rojo
blue|blau|bleu|blu|azul|azul
green|grün|vert|verde|verde|verde
white|weiß|blanc|bianco|branco|blanco
black|schwarz|noir|nero|preto|negro
yellow|gelb|jaune|giallo|amarelo|amarillo
big|groß|grand|grande|grande|grande
small|klein|petit|piccolo|pequeno|pequeño
good|gut|bon|buono|bom|bueno
bad|schlecht|mauvais|cattivo|mau|malo
new|neu|nouveau|nuovo|novo|nuevo
old|alt|vieux|vecchio|velho|viejo
hot|heiß|chaud|caldo|quente|caliente
cold|kalt|froid|freddo|frio|frío
one|eins|un|uno|um|uno
two|zwei|deux|due|dois|dos
three|drei|trois|tre|três|tres
four|vier|quatre|quattro|quatro|cuatro
five|fünf|cinq|cinque|cinco|cinco
six|sechs|six|sei|seis|seis
seven|sieben|sept|sette|sete|siete
eight|acht|huit|otto|oito|ocho
nine|neun|neuf|nove|nove|nueve
ten|zehn|dix|dieci|dez|diez
apple|Apfel|pomme|mela|maçã|manzana
fish|Fisch|poisson|pesce|peixe|pescado
cheese|Käse|fromage|formaggio|queijo|queso
egg|Ei|œuf|uovo|ovo|huevo
wine|Wein|vin|vino|vinho|vino
coffee|Kaffee|café|caffè|café|café
tea|Tee|thé|tè|chá|té
table|Tisch|table|tavolo|mesa|mesa
chair|Stuhl|chaise|sedia|cadeira|silla
door|Tür|porte|porta|porta|puerta
window|Fenster|fenêtre|finestra|janela|ventana
bed|Bett|lit|letto|cama|cama
hand|Hand|main|mano|mão|mano
head|Kopf|tête|testa|cabeça|cabeza
heart|Herz|cœur|cuore|coração|corazón
eye|Auge|œil|occhio|olho|ojo
horse|Pferd|cheval|cavallo|cavalo|caballo
bird|Vogel|oiseau|uccello|pássaro|pájaro
flower|Blume|fleur|fiore|flor|flor
garden|Garten|jardin|giardino|jardim|jardín
sea|Meer|mer|mare|mar|mar
mountain|Berg|montagne|montagna|montanha|montaña
river|Fluss|rivière|fiume|rio|río
rain|Regen|pluie|pioggia|chuva|lluvia
snow|Schnee|neige|neve|neve|nieve
wind|Wind|vent|vento|vento|viento
fire|Feuer|feu|fuoco|fogo|fuego
summer|Sommer|été|estate|verão|verano
winter|Winter|hiver|inverno|inverno|invierno
spring|Frühling|printemps|primavera|primavera|primavera
autumn|Herbst|automne|autunno|outono|otoño
Monday|Montag|lundi|lunedì|segunda-feira|lunes
Friday|Freitag|vendredi|venerdì|sexta-feira|viernes
Sunday|Sonntag|dimanche|domenica|domingo|domingo
today|heute|aujourd'hui|oggi|hoje|hoy
tomorrow|morgen|demain|domani|amanhã|mañana
yesterday|gestern|hier|ieri|ontem|ayer
year|Jahr|an|anno|ano|año
week|Woche|semaine|settimana|semana|semana
music|Musik|musique|musica|música|música
love|Liebe|amour|amore|amor|amor
life|Leben|vie|vita|vida|vida
work|Arbeit|travail|lavoro|trabalho|trabajo
money|Geld|argent|denaro|dinheiro|dinero
time|Zeit|temps|tempo|tempo|tiempo
teacher|Lehrer|professeur|insegnante|professor|profesor
doctor|Arzt|médecin|medico|médico|médico
train|Zug|train|treno|trem|tren
yes|ja|oui|sì|sim|sí
no|nein|non|no|não|no
hello|hallo|bonjour|ciao|olá|hola
thank you|danke|merci|grazie|obrigado|gracias
please|bitte|s'il vous plaît|per favore|por favor|por favor
goodbye|auf Wiedersehen|au revoir|arrivederci|adeus|adiós
good morning|guten Morgen|bonjour|buongiorno|bom dia|buenos días
good night|gute Nacht|bonne nuit|buonanotte|boa noite|buenas noches
`);

/** Short sentences in the same order. */
export const sentenceTable: readonly (readonly string[])[] = table(`
How are you?|Wie geht es dir?|Comment ça va ?|Come stai?|Como vai?|¿Cómo estás?
What is your name?|Wie heißt du?|Comment t'appelles-tu ?|Come ti chiami?|Como você se chama?|¿Cómo te llamas?
I am hungry.|Ich habe Hunger.|J'ai faim.|Ho fame.|Estou com fome.|Tengo hambre.
I am tired.|Ich bin müde.|Je suis fatigué.|Sono stanco.|Estou cansado.|Estoy cansado.
I love you.|Ich liebe dich.|Je t'aime.|Ti amo.|Eu te amo.|Te quiero.
Where is the station?|Wo ist der Bahnhof?|Où est la gare ?|Dov'è la stazione?|Onde fica a estação?|¿Dónde está la estación?
The house is big.|Das Haus ist groß.|La maison est grande.|La casa è grande.|A casa é grande.|La casa es grande.
The dog is small.|Der Hund ist klein.|Le chien est petit.|Il cane è piccolo.|O cão é pequeno.|El perro es pequeño.
It is cold today.|Es ist kalt heute.|Il fait froid aujourd'hui.|Oggi fa freddo.|Hoje está frio.|Hoy hace frío.
I do not understand.|Ich verstehe nicht.|Je ne comprends pas.|Non capisco.|Não entendo.|No entiendo.
See you tomorrow.|Bis morgen.|À demain.|A domani.|Até amanhã.|Hasta mañana.
Good luck!|Viel Glück!|Bonne chance !|Buona fortuna!|Boa sorte!|¡Buena suerte!
I have a cat.|Ich habe eine Katze.|J'ai un chat.|Ho un gatto.|Eu tenho um gato.|Tengo un gato.
I would like a coffee.|Ich möchte einen Kaffee.|Je voudrais un café.|Vorrei un caffè.|Eu gostaria de um café.|Quisiera un café.
The water is cold.|Das Wasser ist kalt.|L'eau est froide.|L'acqua è fredda.|A água está fria.|El agua está fría.
Happy birthday!|Alles Gute zum Geburtstag!|Joyeux anniversaire !|Buon compleanno!|Feliz aniversário!|¡Feliz cumpleaños!
I am from Germany.|Ich komme aus Deutschland.|Je viens d'Allemagne.|Vengo dalla Germania.|Eu sou da Alemanha.|Soy de Alemania.
How much is it?|Wie viel kostet das?|Combien ça coûte ?|Quanto costa?|Quanto custa?|¿Cuánto cuesta?
`);
