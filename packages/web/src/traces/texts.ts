import { type TextTable, type Translate, translator } from "../shell/translate.ts";
import { de } from "./texts/de.ts";
import { en } from "./texts/en.ts";
import { es } from "./texts/es.ts";
import { fr } from "./texts/fr.ts";
import { hi } from "./texts/hi.ts";
import { it } from "./texts/it.ts";
import { pt } from "./texts/pt.ts";
import { th } from "./texts/th.ts";

export type TracesTexts = Readonly<Record<keyof typeof en, string>>;

/** Texts of the traces page. */
export const texts: TextTable<keyof typeof en> = { en, de, fr, it, pt, hi, es, th };

/** A text of the traces page in the reader's language. */
export const t: Translate<keyof typeof en> = (key, values) => translator(texts)(key, values);
