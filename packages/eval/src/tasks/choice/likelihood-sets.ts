import type { Row } from "../../task.ts";
import type { LikelihoodRow } from "./likelihood-task.ts";
import { fieldsOf, hub } from "./set-fields.ts";

const lastWord = {
  category: "general",
  fields: { text: "text" },
  prepare: splitLastWord,
  context: "{start}",
  text: " {last}",
  answer: true,
} as const satisfies Partial<LikelihoodRow>;
const whole = {
  category: "general",
  languages: ["en"],
  fields: { text: "text" },
  text: "{text}",
} as const satisfies Partial<LikelihoodRow>;
const sums: readonly (readonly [name: string, file: string, title: string])[] = [
  ["1dc", "single_digit_three_ops", "Three operations on single digits"],
  ["2da", "two_digit_addition", "Sums of two digits"],
  ["2ds", "two_digit_subtraction", "Differences of two digits"],
  ["2dm", "two_digit_multiplication", "Products of two digits"],
  ["3da", "three_digit_addition", "Sums of three digits"],
  ["3ds", "three_digit_subtraction", "Differences of three digits"],
  ["4da", "four_digit_addition", "Sums of four digits"],
  ["4ds", "four_digit_subtraction", "Differences of four digits"],
  ["5da", "five_digit_addition", "Sums of five digits"],
  ["5ds", "five_digit_subtraction", "Differences of five digits"],
];

/** Perplexity of texts, and answers that must be the likeliest of all. */
export const likelihoodSets: readonly LikelihoodRow[] = [
  {
    ...lastWord,
    name: "lambada_openai",
    title: "The last word of a passage of a novel",
    languages: ["en"],
    source: hub("EleutherAI/lambada_openai", "lambada_openai", "test", undefined, "MIT"),
  },
  {
    ...lastWord,
    name: "lambada_standard",
    title: "The last word of a passage of a novel, as first published",
    languages: ["en"],
    source: hub("cimec/lambada", "lambada_standard", "test", "validation", "CC-BY-4.0"),
  },
  {
    ...lastWord,
    name: "lambada_openai_cloze",
    title: "The last word of a passage of a novel, asked as a gap",
    languages: ["en"],
    context: "{start} ____. ->",
    source: hub("EleutherAI/lambada_openai", "lambada_openai", "test", undefined, "MIT"),
  },
  ...["de", "es", "fr", "it"].map(
    (language): LikelihoodRow => ({
      ...lastWord,
      name: `lambada_openai_mt_${language}`,
      title: "The last word of a passage of a novel, translated by a machine",
      category: "multilingual",
      languages: [language],
      source: hub("EleutherAI/lambada_openai", `lambada_openai_mt/${language}`, "test", undefined, "MIT"),
    }),
  ),
  {
    ...whole,
    name: "wikitext",
    title: "Perplexity of articles of Wikipedia",
    source: hub("EleutherAI/wikitext_document_level", "wikitext", "test", undefined, "CC-BY-SA-3.0"),
    fields: { page: "text" },
    prepare: (row) => ({ ...row, text: joinedWikitext(String(row["page"])) }),
    counted: "{page}",
  },
  {
    ...whole,
    name: "c4",
    title: "Perplexity of web pages",
    source: hub("allenai/c4", "c4", "validation", undefined, "ODC-By-1.0"),
  },
  {
    ...whole,
    name: "pile_10k",
    title: "Perplexity of the first texts of the Pile",
    source: hub("NeelNanda/pile-10k", "pile_10k", "train"),
  },
  ...[
    "c4_en",
    "wikitext_103",
    "ptb",
    "dolma-v1_5",
    "dolma_100_programing_languages",
    "mc4",
    "falcon-refinedweb",
  ].map(
    (name): LikelihoodRow => ({
      ...whole,
      name: `paloma_${name}`,
      title: "Perplexity of one of the sources of Paloma",
      source: hub("allenai/paloma", `paloma/${name}`, "test", undefined, "AI2-ImpACT-LR"),
    }),
  ),
  ...sums.map(
    ([name, file, title]): LikelihoodRow => ({
      name: `arithmetic_${name}`,
      title,
      category: "math",
      languages: ["en"],
      source: hub("EleutherAI/arithmetic", "arithmetic", file, undefined, "CC-BY-3.0"),
      fields: fieldsOf("context completion"),
      prepare: (row) => ({
        ...row,
        context: String(row["context"])
          .trim()
          .replaceAll("\n\n", "\n")
          .replaceAll("Q:", "Question:")
          .replaceAll("A:", "Answer:"),
      }),
      context: "{context}",
      text: "{completion}",
      answer: true,
    }),
  ),
];

function splitLastWord(row: Row): Row {
  const words = String(row["text"]).split(" ");
  return { ...row, start: words.slice(0, -1).join(" "), last: words.at(-1) };
}

/** WikiText without the spaces and marks of its tokenisation, as the published perplexities have it. */
function joinedWikitext(page: string): string {
  return page
    .replaceAll("s '", "s'")
    .replaceAll(" @-@ ", "-")
    .replaceAll(" @,@ ", ",")
    .replaceAll(" @.@ ", ".")
    .replace(/ ([:;.!?,]) /g, "$1 ")
    .replace(/\(\s*([^)]*?)\s*\)/g, "($1)")
    .replace(/\[\s*([^\]]*?)\s*\]/g, "[$1]")
    .replace(/\{\s*([^}]*?)\s*\}/g, "{$1}")
    .replace(/"\s*([^"]*?)\s*"/g, '"$1"')
    .replace(/'\s*([^']*?)\s*'/g, "'$1'")
    .replaceAll("= = = =", "====")
    .replaceAll("= = =", "===")
    .replaceAll("= =", "==")
    .replaceAll(" ° ", "°")
    .replaceAll(" \n", "\n")
    .replaceAll("\n ", "\n")
    .replaceAll(" N ", " 1 ")
    .replaceAll(" 's", "'s");
}
