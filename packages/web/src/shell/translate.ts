import { currentLanguage, type Language } from "./languages.ts";

/**
 * Texts of a page in every language: a page declares `const en = {...}` and types the others by it, so that a key
 * that a language lacks is a type error.
 */
export type TextTable<Key extends string> = Readonly<Record<Language, Readonly<Record<Key, string>>>>;

/** Gives the text of a key, with `{name}` replaced by the value of that name. */
export type Translate<Key extends string> = (
  key: Key,
  values?: Readonly<Record<string, string | number>>,
) => string;

/** Puts values into a text; numbers are written as the language writes them. */
export function fillText(
  text: string,
  values: Readonly<Record<string, string | number>>,
  language: Language,
): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

/** The texts of a page in the reader's language. */
export function translator<Key extends string>(table: TextTable<Key>): Translate<Key> {
  const language = currentLanguage();
  return (key, values = {}) => fillText(table[language][key], values, language);
}
