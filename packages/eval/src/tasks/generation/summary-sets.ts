import { type GenerationRow, hubSource } from "./generation-row.ts";

interface Summary {
  name: string;
  title: string;
  origin: string;
  license: string;
  /** Fields of the text and of its summary. */
  fields: readonly [text: string, summary: string];
  /** What is asked for. */
  ask: string;
  maxTokens: number;
  test?: string;
}

/** Sets of texts and their summaries. */
const summaries: readonly Summary[] = [
  {
    name: "cnn_dailymail",
    title: "Highlights of news articles",
    origin: "abisee/cnn_dailymail",
    license: "Apache-2.0",
    fields: ["article", "highlights"],
    ask: "Summarize the article in three or four sentences.",
    maxTokens: 128,
  },
  {
    name: "xsum",
    title: "News articles in one sentence",
    origin: "EdinburghNLP/xsum",
    license: "see data card",
    fields: ["document", "summary"],
    ask: "Summarize the article in one sentence.",
    maxTokens: 64,
  },
  {
    name: "samsum",
    title: "Summaries of chats",
    origin: "knkarthick/samsum",
    license: "CC-BY-NC-ND-4.0",
    fields: ["dialogue", "summary"],
    ask: "Summarize the conversation in one or two sentences.",
    maxTokens: 64,
  },
  {
    name: "dialogsum",
    title: "Summaries of everyday conversations",
    origin: "knkarthick/dialogsum",
    license: "CC-BY-NC-SA-4.0",
    fields: ["dialogue", "summary"],
    ask: "Summarize the conversation in one or two sentences.",
    maxTokens: 64,
  },
  {
    name: "billsum",
    title: "Summaries of bills of the United States Congress",
    origin: "FiscalNote/billsum",
    license: "CC0-1.0",
    fields: ["text", "summary"],
    ask: "Summarize the bill in one paragraph.",
    maxTokens: 256,
  },
  {
    name: "govreport",
    title: "Summaries of long government reports",
    origin: "ccdv/govreport-summarization",
    license: "see data card",
    fields: ["report", "summary"],
    ask: "Summarize the report on about one page.",
    maxTokens: 512,
  },
  {
    name: "multi_news",
    title: "Summaries of several articles about one event",
    origin: "alexfabbri/multi_news",
    license: "see data card",
    fields: ["document", "summary"],
    ask: "Summarize the articles, which are divided by |||||, in some paragraphs.",
    maxTokens: 512,
  },
  {
    name: "arxiv_summarization",
    title: "Abstracts of papers from arXiv",
    origin: "ccdv/arxiv-summarization",
    license: "see data card",
    fields: ["article", "abstract"],
    ask: "Write the abstract of the paper.",
    maxTokens: 512,
  },
  {
    name: "pubmed_summarization",
    title: "Abstracts of medical papers",
    origin: "ccdv/pubmed-summarization",
    license: "see data card",
    fields: ["article", "abstract"],
    ask: "Write the abstract of the paper.",
    maxTokens: 512,
  },
  {
    name: "meqsum",
    title: "Medical questions of consumers made short",
    origin: "lighteval/med_dialog",
    license: "see data card",
    fields: ["src", "tgt"],
    ask: "Write the question that the text asks, in one sentence.",
    maxTokens: 64,
  },
];

/** Sets whose answer is a text of the model's own words. */
export const summarySets: readonly GenerationRow[] = [
  ...summaries.map(
    ({
      name,
      title,
      origin,
      license,
      fields: [text, summary],
      ask,
      maxTokens,
      test = "test",
    }): GenerationRow => ({
      name,
      title,
      category: "general",
      languages: ["en"],
      source: hubSource(origin, license, name, { test, shots: "train" }),
      fields: { [text]: "text", [summary]: "text" },
      format: "chat",
      prompt: `${ask}\n\n{${text}}`,
      target: summary,
      maxTokens,
      answer: "whole",
      scorer: "rouge",
      scorerOptions: { isStemmed: true },
      mainMetric: "rougeL",
    }),
  ),
  {
    name: "commongen",
    title: "A sentence that uses given words: share of the words, and ROUGE against people's sentences",
    category: "general",
    languages: ["en"],
    source: hubSource("allenai/common_gen", "MIT", "commongen", { test: "validation", shots: "train" }),
    fields: { concepts: "texts", target: "text or list" },
    prompt:
      "Write one sentence about an everyday scene with all of these words.\nWords:\n{concepts}\nSentence:",
    target: "target",
    numShots: 3,
    stop: ["\n"],
    maxTokens: 64,
    answer: "first-line",
    scorer: "concepts",
    mainMetric: "coverage",
  },
  {
    name: "e2e_nlg",
    title: "A restaurant described from a table of its properties",
    category: "general",
    languages: ["en"],
    source: hubSource("GEM/e2e_nlg", "CC-BY-SA-4.0", "e2e_nlg", { test: "test", shots: "train" }),
    fields: { meaning_representation: "text", target: "text", references: "texts?" },
    prepare: (row) => ({ ...row, targets: [row["target"], ...((row["references"] ?? []) as string[])] }),
    prompt: "Write a sentence that says all of the data.\nData: {meaning_representation}\nSentence:",
    target: "targets",
    numShots: 3,
    stop: ["\n"],
    maxTokens: 96,
    answer: "first-line",
    scorer: "rouge",
    mainMetric: "rougeL",
  },
];
