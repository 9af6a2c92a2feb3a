/** The languages of Llama 3.1, each under its own name. */
export const languages = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
  it: "Italiano",
  pt: "Português",
  hi: "हिन्दी",
  es: "Español",
  th: "ไทย",
} as const;

/** Code of a language of the interface. */
export type Language = keyof typeof languages;

const storageKey = "llamero-language";

const isLanguage = (code: string): code is Language => Object.hasOwn(languages, code);

/** The first language that the interface has among those a reader prefers, best first; English when none. */
export function pickLanguage(preferred: readonly string[]): Language {
  return preferred.map((tag) => tag.toLowerCase().split("-")[0]!).find(isLanguage) ?? "en";
}

/** The language that was chosen, or the one that the browser prefers. */
export function currentLanguage(): Language {
  const chosen = localStorage.getItem(storageKey);
  return pickLanguage([...(chosen === null ? [] : [chosen]), ...navigator.languages]);
}

/** Chooses a language and shows the page anew in it. */
export function chooseLanguage(language: Language): void {
  localStorage.setItem(storageKey, language);
  location.reload();
}
