import type { Json, Verdict } from "../document.ts";
import { refuseUnknown } from "../pipeline/options.ts";
import type { MapStage } from "../stage.ts";
import { LANGUAGES, type Language } from "./classes.ts";
import { createLanguageDetector, type DetectedLanguage, type LanguageDetector } from "./detector.ts";

const WINDOW = 300;
const MAX_WINDOWS = 8;

/** The language of a whole document: windows spread over it vote with their confidence; `confidence` is the share won. */
export function detectDocumentLanguage(detector: LanguageDetector, text: string): DetectedLanguage {
  const windows = Math.min(MAX_WINDOWS, Math.ceil(text.length / WINDOW));
  if (windows <= 1) return detector.detect(text);
  const votes = new Map<Language, number>();
  let total = 0;
  for (let window = 0; window < windows; window++) {
    let start = Math.floor((window * (text.length - WINDOW)) / (windows - 1));
    // Not inside a word, where there are spaces.
    for (let step = 0; step < 20 && start > 0 && text.charCodeAt(start - 1) > 32; step++) start--;
    const { language, confidence } = detector.detect(text, start, Math.min(text.length, start + WINDOW));
    if (language === "none") continue;
    votes.set(language, (votes.get(language) ?? 0) + confidence);
    total += confidence;
  }
  let best: Language = "none";
  let most = 0;
  for (const [language, vote] of votes) {
    if (vote <= most) continue;
    best = language;
    most = vote;
  }
  return { language: best, confidence: total === 0 ? 1 : most / total };
}

/**
 * Options: `keep`, the languages that stay (of the eight, "other", "none"; all eight by default), and `minConfidence`
 * (0.5). Puts `language` and `languageConfidence` into the metadata; `annotateOnly: true` drops nothing.
 */
export function createLanguage(written: Readonly<Record<string, Json>>): MapStage {
  refuseUnknown("language", written, ["keep", "minConfidence", "annotateOnly"]);
  const keep = written["keep"] ?? [...LANGUAGES];
  const known: readonly Json[] = [...LANGUAGES, "other", "none"];
  if (!Array.isArray(keep) || keep.length === 0 || !keep.every((entry) => known.includes(entry as Json))) {
    throw new SyntaxError(
      `language: keep takes a list out of ${known.join(", ")}, not ${JSON.stringify(keep)}`,
    );
  }
  const minConfidence = written["minConfidence"] ?? 0.5;
  if (typeof minConfidence !== "number" || !(minConfidence >= 0 && minConfidence <= 1)) {
    throw new SyntaxError(
      `language: minConfidence takes a number from 0 to 1, not ${JSON.stringify(minConfidence)}`,
    );
  }
  const annotateOnly = written["annotateOnly"] ?? false;
  if (typeof annotateOnly !== "boolean") {
    throw new SyntaxError(`language: annotateOnly takes true or false, not ${JSON.stringify(annotateOnly)}`);
  }
  const detector = createLanguageDetector();
  return {
    kind: "map",
    name: "language",
    version: 1,
    options: { keep: keep as Json, minConfidence, annotateOnly },
    apply(document): Verdict {
      const { language, confidence } = detectDocumentLanguage(detector, document.text);
      const rounded = Math.round(confidence * 1000) / 1000;
      if (!annotateOnly) {
        if (!keep.includes(language))
          return { keep: false, reason: "language not kept", detail: `${language} ${rounded}` };
        if (confidence < minConfidence)
          return { keep: false, reason: "language unsure", detail: `${language} ${rounded}` };
      }
      return {
        keep: true,
        document: { ...document, meta: { ...document.meta, language, languageConfidence: rounded } },
      };
    },
  };
}
