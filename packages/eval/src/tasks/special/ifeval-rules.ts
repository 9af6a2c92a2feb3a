import type { Row } from "../../task.ts";
import type { LanguageDetector } from "./detect-language.ts";
import { countSentences, isAllLower, isAllUpper, wordTokens } from "./ifeval-text.ts";

/** Arguments of an instruction as the published records have them. */
export type RuleArguments = Row;

export interface RuleContext {
  detectLanguage: LanguageDetector;
  /** Language that change of case and constrained answers are held to. */
  language: string;
}

export interface Rule {
  /** Arguments that must be there. */
  needs: readonly string[];
  follows(text: string, args: RuleArguments, context: RuleContext): boolean;
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const number = (args: RuleArguments, name: string): number => Number(args[name]);
const string = (args: RuleArguments, name: string): string => String(args[name]);
const strings = (args: RuleArguments, name: string): string[] =>
  (args[name] as readonly unknown[]).map(String);

/** "Less than" is strict, also in French; Spanish has "at most"; everything else is "at least". */
function compares(value: number, relation: unknown, threshold: number): boolean {
  if (relation === "less than" || relation === "moins de") return value < threshold;
  return relation === "como máximo" ? value <= threshold : value >= threshold;
}

/** The rules take keywords as patterns; one that is none is taken literally. */
function keywordPattern(keyword: string, flags: string): RegExp {
  try {
    return new RegExp(keyword, flags);
  } catch {
    return new RegExp(keyword.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), flags);
  }
}

function hasWord(text: string, word: string): boolean {
  const escaped = keywordPattern(word, "iu").source;
  return new RegExp(`(?<![\\p{L}\\p{M}\\p{N}_])(?:${escaped})(?![\\p{L}\\p{M}\\p{N}_])`, "iu").test(text);
}

const constrainedAnswers: Readonly<Record<string, readonly string[]>> = {
  en: ["My answer is yes.", "My answer is no.", "My answer is maybe."],
  es: ["Mi respuesta es sí.", "Mi respuesta es no.", "Mi respuesta es tal vez."],
  fr: ["Ma réponse est oui.", "Ma réponse est non.", "Ma réponse est peut-être."],
  de: ["Meine Antwort ist ja.", "Meine Antwort ist nein.", "Meine Antwort ist vielleicht."],
  it: ["La mia risposta è sì.", "La mia risposta è no.", "La mia risposta è forse."],
  pt: ["Minha resposta é sim.", "Minha resposta é não.", "Minha resposta é talvez."],
  hi: ["मेरा उत्तर हाँ है।", "मेरा उत्तर नहीं है।", "मेरा उत्तर शायद है।"],
  th: ["คำตอบของฉันคือใช่", "คำตอบของฉันคือไม่", "คำตอบของฉันคืออาจจะ"],
};

function paragraphsAre(text: string, separator: RegExp, wanted: number): boolean {
  const parts = text.split(separator);
  const inner = parts.slice(1, -1);
  if (inner.some((part) => part.trim() === "")) return false;
  return parts.filter((part) => part.trim() !== "").length === wanted;
}

function nthParagraphStarts(text: string, args: RuleArguments): boolean {
  const paragraphs = text.split("\n\n");
  const full = paragraphs.filter((paragraph) => paragraph.trim() !== "").length;
  const nth = number(args, "nth_paragraph");
  if (nth > full) return false;
  const paragraph = paragraphs[nth - 1]?.trim() ?? "";
  if (paragraph === "") return false;
  const word = paragraph.split(/\s+/)[0]!.replace(/^'+/, "").replace(/^"+/, "");
  const first = word.split(/[.,?!'"]/)[0]!.toLowerCase();
  return full === number(args, "num_paragraphs") && first === string(args, "first_word").toLowerCase();
}

function isJson(text: string): boolean {
  const body = text
    .trim()
    .replace(/^```(?:json|Json|JSON)?/, "")
    .replace(/```$/, "");
  try {
    JSON.parse(body.trim());
    return true;
  } catch {
    return false;
  }
}

function hasPostscript(text: string, marker: string): boolean {
  const patterns: Readonly<Record<string, RegExp>> = {
    "P.P.S": /\s*p\.\s?p\.\s?s.*$/m,
    "P.S.": /\s*p\.\s?s\..*$/m,
  };
  const lower = text.toLowerCase();
  return patterns[marker]?.test(lower) ?? lower.includes(marker.toLowerCase());
}

function numHighlights(text: string): number {
  const single = text.match(/\*[^\n*]*\*/g) ?? [];
  const double = text.match(/\*\*[^\n*]*\*\*/g) ?? [];
  const hasText = (part: string): boolean => part.replace(/^\*+|\*+$/g, "").trim() !== "";
  return single.filter(hasText).length + double.filter(hasText).length;
}

function areTwoResponses(text: string): boolean {
  const parts = text.split("******").map((part) => part.trim());
  if (parts.slice(1, -1).some((part) => part === "")) return false;
  const full = parts.filter((part) => part !== "");
  return full.length === 2 && full[0] !== full[1];
}

function isLanguage(text: string, language: string, { detectLanguage }: RuleContext): boolean {
  const detected = detectLanguage(text);
  // As published: what cannot be told counts as followed.
  return detected === null || detected === language;
}

/** The 25 instruction types of IFEval by their published names. */
export const ifevalRules: Readonly<Record<string, Rule>> = {
  "keywords:existence": {
    needs: ["keywords"],
    follows: (text, args) => strings(args, "keywords").every((word) => keywordPattern(word, "iu").test(text)),
  },
  "keywords:frequency": {
    needs: ["keyword", "frequency"],
    follows: (text, args) =>
      compares(
        count(text, keywordPattern(string(args, "keyword"), "giu")),
        args["relation"],
        number(args, "frequency"),
      ),
  },
  "keywords:forbidden_words": {
    needs: ["forbidden_words"],
    follows: (text, args) => !strings(args, "forbidden_words").some((word) => hasWord(text, word)),
  },
  "keywords:letter_frequency": {
    needs: ["letter", "let_frequency"],
    follows: (text, args) =>
      compares(
        text.toLowerCase().split(string(args, "letter").toLowerCase()).length - 1,
        args["let_relation"],
        number(args, "let_frequency"),
      ),
  },
  "language:response_language": {
    needs: ["language"],
    follows: (text, args, context) => isLanguage(text, string(args, "language"), context),
  },
  "length_constraints:number_sentences": {
    needs: ["num_sentences"],
    follows: (text, args) => compares(countSentences(text), args["relation"], number(args, "num_sentences")),
  },
  "length_constraints:number_paragraphs": {
    needs: ["num_paragraphs"],
    follows: (text, args) => paragraphsAre(text, /\s?\*\*\*\s?/, number(args, "num_paragraphs")),
  },
  "length_constraints:number_words": {
    needs: ["num_words"],
    follows: (text, args) =>
      compares(count(text, /[\p{L}\p{M}\p{N}_]+/gu), args["relation"], number(args, "num_words")),
  },
  "length_constraints:nth_paragraph_first_word": {
    needs: ["num_paragraphs", "nth_paragraph", "first_word"],
    follows: nthParagraphStarts,
  },
  "detectable_content:number_placeholders": {
    needs: ["num_placeholders"],
    follows: (text, args) => count(text, /\[.*?\]/g) >= number(args, "num_placeholders"),
  },
  "detectable_content:postscript": {
    needs: ["postscript_marker"],
    follows: (text, args) => hasPostscript(text, string(args, "postscript_marker").trim()),
  },
  "detectable_format:number_bullet_lists": {
    needs: ["num_bullets"],
    follows: (text, args) =>
      count(text, /^\s*\*[^*].*$/gm) + count(text, /^\s*-.*$/gm) === number(args, "num_bullets"),
  },
  "detectable_format:constrained_response": {
    needs: [],
    follows: (text, _, { language }) =>
      (constrainedAnswers[language] ?? constrainedAnswers["en"]!).some((answer) => text.includes(answer)),
  },
  "detectable_format:number_highlighted_sections": {
    needs: ["num_highlights"],
    follows: (text, args) => numHighlights(text) >= number(args, "num_highlights"),
  },
  "detectable_format:multiple_sections": {
    needs: ["section_spliter", "num_sections"],
    follows: (text, args) =>
      text.split(
        new RegExp(`\\s?${keywordPattern(string(args, "section_spliter").trim(), "").source}\\s?\\d+\\s?`),
      ).length -
        1 >=
      number(args, "num_sections"),
  },
  "detectable_format:json_format": { needs: [], follows: isJson },
  "detectable_format:title": {
    needs: [],
    follows: (text) =>
      (text.match(/<<[^\n]+>>/g) ?? []).some((title) => title.replace(/^<+|>+$/g, "").trim() !== ""),
  },
  "combination:two_responses": { needs: [], follows: areTwoResponses },
  "combination:repeat_prompt": {
    needs: ["prompt_to_repeat"],
    follows: (text, args) =>
      text.trim().toLowerCase().startsWith(string(args, "prompt_to_repeat").trim().toLowerCase()),
  },
  "startend:end_checker": {
    needs: ["end_phrase"],
    follows: (text, args) =>
      text
        .trim()
        .replace(/^"+|"+$/g, "")
        .toLowerCase()
        .endsWith(string(args, "end_phrase").trim().toLowerCase()),
  },
  "startend:quotation": {
    needs: [],
    follows(text) {
      const body = text.trim();
      return body.length > 1 && body.startsWith('"') && body.endsWith('"');
    },
  },
  "change_case:capital_word_frequency": {
    needs: ["capital_frequency"],
    follows: (text, args) =>
      compares(
        wordTokens(text).filter(isAllUpper).length,
        args["capital_relation"],
        number(args, "capital_frequency"),
      ),
  },
  "change_case:english_capital": {
    needs: [],
    follows: (text, _, context) => isAllUpper(text) && isLanguage(text, context.language, context),
  },
  "change_case:english_lowercase": {
    needs: [],
    follows: (text, _, context) => isAllLower(text) && isLanguage(text, context.language, context),
  },
  "punctuation:no_comma": {
    needs: [],
    follows: (text, _, { language }) => !(language === "en" ? /,/ : /[,،，]/).test(text),
  },
};
