import type { Rule, RuleArguments } from "./ifeval-rules.ts";
import { isAllLower, isAllUpper } from "./ifeval-text.ts";

const words = (text: string): string[] => text.match(/[\p{L}\p{M}\p{N}_]+(?:-[\p{L}\p{M}\p{N}_]+)*/gu) ?? [];
const numWordsWith = (text: string, letters: RegExp): number =>
  words(text).filter((word) => letters.test(word)).length;
const withoutAccents = (word: string): string => word.normalize("NFD").replace(/\p{M}/gu, "");

function isInCase(isRight: (text: string) => boolean): Rule {
  return {
    needs: [],
    follows(text, _, { detectLanguage, language }) {
      const detected = detectLanguage(text.toLowerCase());
      return isRight(text) && (detected === null || detected === language);
    },
  };
}

const hasMarked = (pattern: RegExp): Rule => ({
  needs: [],
  follows: (text) => (text.match(pattern) ?? []).some((part) => part.slice(1, -1).trim() !== ""),
});

const exactly = (letters: RegExp): Rule => ({
  needs: ["let_frequency"],
  follows: (text, args) => numWordsWith(text, letters) === Number(args["let_frequency"]),
});

function hasAccents(text: string, args: RuleArguments): boolean {
  const wanted = args["word_to_accentuate"] as Readonly<Record<string, unknown>>;
  const found = text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
  return found.every((word) => {
    const right = wanted[withoutAccents(word)];
    return typeof right !== "string" || right === word;
  });
}

/** Instruction types that M-IFEval adds for Spanish and French. */
export const ifevalLanguageRules: Readonly<Record<string, Rule>> = {
  "change_case:spanish_capital": isInCase(isAllUpper),
  "change_case:spanish_lowercase": isInCase(isAllLower),
  "change_case:french_capital": isInCase(isAllUpper),
  "change_case:french_lowercase": isInCase(isAllLower),
  "punctuation:question_marks": hasMarked(/¿[^?]*\?/g),
  "punctuation:exclamation_marks": hasMarked(/¡[^!]*!/g),
  "special_character:enie": exactly(/ñ/i),
  "special_character:dieresis": exactly(/ü/i),
  "special_character:tildes": {
    needs: ["relation", "num_words"],
    follows(text, args) {
      const count = numWordsWith(text, /[áéíóú]/i);
      const limit = Number(args["num_words"]);
      return args["relation"] === "como máximo" ? count <= limit : count >= limit;
    },
  },
  "special_character:accents": { needs: ["word_to_accentuate"], follows: hasAccents },
  "special_character:no_accents": {
    needs: [],
    follows: (text) => !/[àáâãäåçèéêëìíîïñòóôõöùúûüýÿ]/i.test(text),
  },
  "special_character:ethel_or_cedilla": {
    needs: ["forbidden_char"],
    follows: (text, args) => !text.toLowerCase().includes(String(args["forbidden_char"]).toLowerCase()),
  },
  "detectable_content:informal_address": {
    needs: [],
    follows: (text) =>
      /(?<![\p{L}\p{N}_])(?:tu|te|toi|ton|ta|tes)(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}_])t['’]/iu.test(text),
  },
  "detectable_content:no_digits": { needs: [], follows: (text) => !/\d/.test(text) },
};
