import type { LanguageDetector } from "../../data/language/detector.ts";
import { detectDocumentLanguage } from "../../data/language/stage.ts";
import type { SynthLanguage } from "../recipe.ts";

/** Fewer letters than this tell no language. */
const minLetters = 20;

/** The language that a text is in where it is surely not the wanted one; null where it is, or is too short to tell. */
export function findOtherLanguage(
  detector: LanguageDetector,
  text: string,
  wanted: SynthLanguage,
): string | null {
  const prose = text.replace(/```[\s\S]*?```|`[^`\n]*`|https?:\/\/\S+/g, " ");
  const letters = prose.match(/[\p{L}\p{M}]/gu)?.length ?? 0;
  if (letters < minLetters) return null;
  const { language, confidence } = detectDocumentLanguage(detector, prose);
  return language === wanted || language === "none" || confidence < 0.6 ? null : language;
}
