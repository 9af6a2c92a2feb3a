import type { Metric, Row, Task } from "../../task.ts";
import { bleuOfStatistics, bleuStatistics, sentenceBleu } from "../../translation/bleu.ts";
import type { BleuTokenizer } from "../../translation/bleu-tokenizers.ts";
import { chrfOfStatistics, chrfStatistics } from "../../translation/chrf.ts";
import { sumStatistics } from "../../translation/sum-statistics.ts";
import { fieldError, filesOf, isRow, specialTask, textField } from "./special-task.ts";

interface Language {
  name: string;
  flores: string;
  tatoeba: string;
  /** Thai is written without spaces, so that its BLEU is that of characters. */
  tokenizer: BleuTokenizer;
}

const languages: Readonly<Record<string, Language>> = {
  en: { name: "English", flores: "eng_Latn", tatoeba: "eng", tokenizer: "13a" },
  de: { name: "German", flores: "deu_Latn", tatoeba: "deu", tokenizer: "13a" },
  fr: { name: "French", flores: "fra_Latn", tatoeba: "fra", tokenizer: "13a" },
  it: { name: "Italian", flores: "ita_Latn", tatoeba: "ita", tokenizer: "13a" },
  pt: { name: "Portuguese", flores: "por_Latn", tatoeba: "por", tokenizer: "13a" },
  hi: { name: "Hindi", flores: "hin_Deva", tatoeba: "hin", tokenizer: "13a" },
  es: { name: "Spanish", flores: "spa_Latn", tatoeba: "spa", tokenizer: "13a" },
  th: { name: "Thai", flores: "tha_Thai", tatoeba: "tha", tokenizer: "char" },
};

type Pair = readonly [from: string, to: string];

interface TranslationItem {
  source: string;
  target: string;
}

interface Family {
  prefix: string;
  title: string;
  origin: string;
  license: string;
  pairs: readonly Pair[];
  files(pair: Pair): readonly string[];
  parse(set: string, row: Row, pair: Pair): TranslationItem;
  columns?: readonly string[];
}

const others = ["de", "fr", "it", "pt", "hi", "es", "th"];
const fromEnglish = others.map((to): Pair => ["en", to]);
const both = [...fromEnglish, ...others.map((from): Pair => [from, "en"])];

function translationField(set: string, row: Row, [from, to]: Pair): TranslationItem {
  const { translation } = row;
  if (!isRow(translation)) throw fieldError(set, "translation", "a text per language", translation);
  return { source: textField(set, translation, from), target: textField(set, translation, to) };
}

const families: readonly Family[] = [
  {
    prefix: "flores200",
    title: "Sentences of news and guides (FLORES-200 devtest)",
    origin: "hf:facebook/flores",
    license: "CC-BY-SA-4.0",
    pairs: both,
    files: () => ["flores200/*devtest*"],
    parse: (set, row, [from, to]) => ({
      source: textField(set, row, `sentence_${languages[from]!.flores}`),
      target: textField(set, row, `sentence_${languages[to]!.flores}`),
    }),
  },
  {
    prefix: "wmt14",
    title: "Sentences of news (WMT 2014)",
    origin: "hf:wmt/wmt14",
    license: "as WMT gives it: for research",
    pairs: [
      ["en", "fr"],
      ["fr", "en"],
      ["hi", "en"],
      ["en", "hi"],
    ],
    files: ([from, to]) => [`wmt14/${[from, to].filter((code) => code !== "en").join("")}-en/*test*`],
    parse: translationField,
  },
  {
    prefix: "wmt16",
    title: "Sentences of news (WMT 2016)",
    origin: "hf:wmt/wmt16",
    license: "as WMT gives it: for research",
    pairs: [
      ["en", "de"],
      ["de", "en"],
    ],
    files: () => ["wmt16/de-en/*test*"],
    parse: translationField,
  },
  {
    prefix: "ted",
    title: "Sentences of TED talks (IWSLT 2017)",
    origin: "hf:IWSLT/iwslt2017",
    license: "CC-BY-NC-ND-4.0",
    pairs: [
      ["en", "de"],
      ["en", "fr"],
      ["en", "it"],
    ],
    files: ([from, to]) => [`iwslt2017/${from}-${to}/*test*`],
    parse: translationField,
  },
  {
    prefix: "tatoeba",
    title: "Short everyday sentences (Tatoeba challenge)",
    origin: "hf:Helsinki-NLP/tatoeba_mt",
    license: "CC-BY-2.0",
    pairs: fromEnglish,
    files: ([from, to]) => [`tatoeba/*test*${languages[from]!.tatoeba}-${languages[to]!.tatoeba}*`],
    parse: (set, row) => ({
      source: textField(set, row, "sourceString"),
      target: textField(set, row, "targetString"),
    }),
    columns: ["sourceLang", "targetlang", "sourceString", "targetString"],
  },
];

const corpusMetric = (combine: (statistics: readonly number[]) => number): Metric => ({
  aggregate: "corpus",
  higherIsBetter: true,
  combine: (parts) => combine(sumStatistics(parts)),
});

function translationTask(family: Family, pair: Pair): Task {
  const [from, to] = pair;
  const [source, target] = [languages[from]!, languages[to]!];
  const name = `${family.prefix}_${from}_${to}`;
  const { columns } = family;
  return specialTask<TranslationItem>({
    name,
    title: `${family.title}, ${source.name} to ${target.name}`,
    kind: "generation",
    category: "multilingual",
    languages: [from, to],
    source: filesOf(
      family.origin,
      family.license,
      family.files(pair),
      columns === undefined ? {} : { columns },
    ),
    means: [],
    corpus: {
      chrf: corpusMetric(chrfOfStatistics),
      "chrf++": corpusMetric(chrfOfStatistics),
      bleu: corpusMetric(bleuOfStatistics),
    },
    mainMetric: "chrf++",
    maxTokens: 512,
    parse: (row) => family.parse(name, row, pair),
    prompt: (item, shots) => ({
      kind: "chat",
      messages: [
        ...shots.flatMap((shot) => [
          { role: "user", content: request(source.name, target.name, shot.source) } as const,
          { role: "assistant", content: shot.target } as const,
        ]),
        { role: "user", content: request(source.name, target.name, item.source) },
      ],
    }),
    reference: (item) => item.target,
    grade(item, { text }) {
      // One sentence was asked for: breaks of lines are no part of it.
      const answer = text.trim().replace(/\s*\n\s*/g, " ");
      const references = [item.target];
      const { tokenizer } = target;
      const parts = {
        chrf: chrfStatistics(answer, references),
        "chrf++": chrfStatistics(answer, references, { wordOrder: 2 }),
        bleu: bleuStatistics(answer, references, { tokenizer }),
      };
      const scores = {
        chrf: chrfOfStatistics(parts.chrf),
        "chrf++": chrfOfStatistics(parts["chrf++"]),
        bleu: sentenceBleu(answer, references, { tokenizer }),
      };
      return { scores, parts, answer, expected: item.target };
    },
  });
}

const request = (from: string, to: string, text: string): string =>
  `Translate this sentence from ${from} to ${to}. Write the translation only.\n\n${text}`;

/** Translation between the eight languages and English. */
export const translationSets: readonly Task[] = families.flatMap((family) =>
  family.pairs.map((pair) => translationTask(family, pair)),
);
