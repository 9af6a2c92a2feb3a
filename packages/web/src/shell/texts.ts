import { de } from "./texts/de.ts";
import { en } from "./texts/en.ts";
import { es } from "./texts/es.ts";
import { fr } from "./texts/fr.ts";
import { hi } from "./texts/hi.ts";
import { it } from "./texts/it.ts";
import { pt } from "./texts/pt.ts";
import { th } from "./texts/th.ts";
import { type TextTable, type Translate, translator } from "./translate.ts";

export type ShellTexts = Readonly<Record<keyof typeof en, string>>;

/** Texts that all pages share. */
export const shellTexts: TextTable<keyof typeof en> = { en, de, fr, it, pt, hi, es, th };

/** The shared texts in the reader's language. */
export const shellText: Translate<keyof typeof en> = (key, values) => translator(shellTexts)(key, values);
