/** Frequent function words, eight to twelve a language; a text of whole sentences holds at least two of its language. */
export const STOP_WORDS: Readonly<Record<string, string>> = {
  en: "the be to of and that have with",
  de: "der die das und ist nicht ein eine zu mit von den",
  fr: "le la les de des et est une que dans pour pas",
  it: "il la di che e un una per non del sono con",
  pt: "o a de que e do da em um uma para não",
  es: "el la de que y en los las un una por con",
  hi: "के है में की और से का को हैं पर यह ने",
};

/** Thai has no spaces: these are looked for anywhere in the text. */
export const THAI_STOP_WORDS: readonly string[] = [
  "ที่",
  "และ",
  "ของ",
  "ใน",
  "เป็น",
  "การ",
  "มี",
  "ไม่",
  "ให้",
  "ได้",
];
