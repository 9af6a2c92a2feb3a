import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readRecords } from "../cria/text/read-passages.ts";

/** A text to learn from or to be judged by. */
export interface LabeledText {
  text: string;
  /** Kind of hit; null for a harmless text. */
  kind: string | null;
  source: string;
}

/** Share in 0..1 that a text falls on, always the same one. */
export function shareOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 8) & 0xffff) / 0x10000;
}

/** Rows of a CSV with a header. */
export function parseCsv(content: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of content.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  return rows.slice(1);
}

const read = (data: string, file: string): string => {
  const path = join(data, file);
  if (!existsSync(path)) throw new RangeError(`There is no ${path}; name the folder of the data with --data`);
  return readFileSync(path, "utf8");
};

export function readSlabs(data: string, split: "train" | "validation"): LabeledText[] {
  return parseCsv(read(data, `safety/slabs_${split}.csv`)).map(([text, label]) => ({
    text: text!,
    kind: label === "1" ? "prompt_injection" : null,
    source: "slabs",
  }));
}

/** Not for weights that ship: sources for research. */
const research = /wildguard|harmbench|hackaprompt_research/;

export function readNeuralchemy(data: string, split: "train" | "validation"): LabeledText[] {
  return read(data, `safety/neuralchemy_${split}.jsonl`)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { text: string; label: number; source: string; category: string })
    .filter(
      ({ source, category }) => split === "validation" || (!research.test(source) && category !== "control"),
    )
    .map(({ text, label, source }) => ({
      text,
      kind: label === 1 ? "prompt_injection" : null,
      source: source === "hackaprompt" ? source : "neuralchemy",
    }));
}

export function readMultilingual(data: string): LabeledText[] {
  return parseCsv(read(data, "safety/yanismiraoui_injections_multilingual.csv")).map(([text]) => ({
    text: text!,
    kind: "prompt_injection",
    source: "multilingual",
  }));
}

const languages = ["de", "en", "es", "fr", "hi", "it", "pt"];

/** Source, file, and which of its records: the first of each so many. */
const documents: readonly [string, string, number][] = [
  ["docs", "python_docs_rst", 1],
  ["docs", "rust_books", 1],
  ["docs", "factbook", 1],
  ["code", "code_python_stdlib", 3],
  ["code", "code_go_stdlib", 12],
  ["speeches", "nltk_public_domain_en", 1],
];

/** What people ask and documents say, in the eight languages; none of it an attack. */
export function readHarmless(data: string): LabeledText[] {
  const texts: LabeledText[] = [];
  const add = (source: string, text: string): void => {
    if (text.trim() !== "") texts.push({ text: text.trim(), kind: null, source });
  };
  for (const file of ["seed_tasks_175", "user_oriented_252"])
    for (const line of read(data, `sft/self_instruct_${file}.jsonl`).split("\n")) {
      if (line === "") continue;
      const { instruction, instances } = JSON.parse(line) as {
        instruction: string;
        instances: { input: string; output: string }[];
      };
      const { input = "", output = "" } = instances[0] ?? {};
      add("self-instruct", instruction);
      if (input !== "") add("self-instruct", `${instruction}\n${input}`);
      add("self-instruct", output);
    }
  for (const [at, line] of read(data, "sft/gsm8k_train.jsonl").split("\n").entries()) {
    if (line === "" || at % 15 !== 0) continue;
    add("gsm8k", (JSON.parse(line) as { question: string }).question);
  }
  for (const [at, { task, lang }] of readRecords(
    join(data, "sft/tldr_task_command_pairs.jsonl.zst"),
  ).entries())
    if (at % (lang === "en" ? 40 : 20) === 0) add("tldr", String(task));
  for (const language of languages)
    for (const [at, { text }] of readRecords(
      join(data, `pretrain/libreoffice_help_${language}.jsonl.zst`),
    ).entries()) {
      if (at % 6 !== 0) continue;
      const lines = String(text)
        .split("\n")
        .filter((line) => line.length > 30);
      add("help", lines[at % lines.length] ?? "");
      if (at % 18 === 0) add("help", lines.slice(0, 5).join("\n").slice(0, 500));
    }
  for (const [source, file, step] of documents)
    for (const [at, { text }] of readRecords(join(data, `pretrain/${file}.jsonl.zst`)).entries()) {
      if (at % step !== 0) continue;
      const whole = String(text);
      const start = Math.floor(shareOf(whole) * Math.max(0, whole.length - 700));
      add(source, whole.slice(start, start + 700));
    }
  for (const { lang, text } of readRecords(join(data, "pretrain/udhr2_all_languages.jsonl.zst")))
    if (["th", "tha", "hi", "hin"].includes(String(lang)))
      for (const line of String(text).split("\n")) add("udhr", line);
  return texts;
}
