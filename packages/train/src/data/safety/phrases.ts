/** What a phrase points to. */
export const SAFETY_CATEGORIES = ["adult", "violence", "gambling", "spam"] as const;
export type SafetyCategory = (typeof SAFETY_CATEGORIES)[number];

/**
 * Phrases by category, separated by "|", in the eight languages. Short and neutral on purpose: words of anatomy, health,
 * groups of people, war and crime are not in it, since texts about these are wanted. Single words of pornographic pages
 * are in the word-list stage's list, which counts as "adult" here too.
 */
export const SAFETY_PHRASES: Readonly<Record<SafetyCategory, string>> = {
  adult:
    "free porn|sex videos|sex cam|live sex|sex tube|nude pics|hot sex|escort service|call girls|sex chat|hardcore sex|gratis porno|sexvideos|nackt vor der kamera|vidéos porno|sexe gratuit|video porno|sesso gratis|vídeos pornô|sexo ao vivo|vídeos porno|sexo gratis|सेक्स वीडियो",
  violence:
    "how to make a bomb|build a pipe bomb|make a pipe bomb|make napalm|how to poison someone|kill them all|gas the|bombe bauen anleitung|fabriquer une bombe|costruire una bomba|fabricar uma bomba|fabricar una bomba|बम बनाने का तरीका",
  gambling:
    "online casino|casino bonus|free spins|no deposit bonus|slot online|sports betting tips|best betting sites|online casinos|casino en ligne|casinò online|cassino online|casino en línea|ऑनलाइन कैसीनो|judi online|situs slot",
  spam: "buy cheap viagra|buy viagra|cheap cialis|order cialis|payday loan|payday loans|replica watches|essay writing service|buy followers|make money fast|work from home and earn|click here to buy|viagra kaufen|acheter viagra|comprare viagra|comprar viagra",
};

/** Thai is searched for as it stands. */
export const THAI_SAFETY_PHRASES: Readonly<Record<SafetyCategory, readonly string[]>> = {
  adult: ["หนังโป๊", "คลิปโป๊", "คลิปหลุด"],
  violence: ["วิธีทำระเบิด"],
  gambling: ["คาสิโนออนไลน์", "สล็อตออนไลน์", "แทงบอลออนไลน์", "พนันออนไลน์", "บาคาร่าออนไลน์"],
  spam: ["เงินกู้ด่วน"],
};

/** Words of texts that speak about a matter rather than offer it; each kind of them takes weight off. */
export const CONTEXT_WORDS =
  "study studies research researchers court law legislation police convicted patients clinical medical treatment health education prevention history historical novel report regulators addiction studie forschung gericht gesetz polizei patienten gesundheit étude recherche tribunal loi santé prévention studio ricerca tribunale legge salute estudo pesquisa lei saúde estudio investigación ley salud अध्ययन शोध न्यायालय कानून स्वास्थ्य";
