import { readFileSync } from "node:fs";
import { decompress } from "fzstd";
import { createRandom } from "../random.ts";
import { cutPassages, plainestPassages } from "./novel-passages.ts";
import type { PassageForm, TextSource } from "./sources.ts";

/** Bytes of novels looked at for each byte taken: the plainest are chosen among these. */
const lookedAt = 4;

/** The passages of a source, up to its share of bytes. */
export function readPassages(source: TextSource, path: string, scale: number, seed: number): string[] {
  const budget = source.bytes * scale;
  const records = readRecords(path);
  const { form } = source;
  if (form === "novel") {
    const passages: string[] = [];
    let read = 0;
    for (const record of createRandom(seed).shuffle(records)) {
      if (read > budget * lookedAt) break;
      const cut = cutPassages(String(record["text"]));
      passages.push(...cut);
      read += cut.reduce((sum, passage) => sum + Buffer.byteLength(passage), 0);
    }
    return plainestPassages(passages, budget, seed);
  }
  const cut = forms[form];
  const all = records
    .filter((record) => record["lang"] === undefined || record["lang"] === source.language)
    .flatMap((record) => cut(record));
  const chosen: string[] = [];
  let total = 0;
  for (const passage of createRandom(seed).shuffle(all)) {
    if (total >= budget) break;
    chosen.push(passage);
    total += Buffer.byteLength(passage);
  }
  return chosen;
}

/** One record. */
export type Fields = Readonly<Record<string, unknown>>;

/** The records of JSON lines, also in zstd. */
export function readRecords(path: string): Fields[] {
  const bytes = readFileSync(path);
  const text = Buffer.from(path.endsWith(".zst") ? decompress(bytes) : bytes).toString("utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Fields);
}

const forms: Readonly<Record<Exclude<PassageForm, "novel">, (record: Fields) => string[]>> = {
  whole: (record) => [String(record["text"])],
  sections: (record) => sectionsOf(String(record["text"])),
  problems: (record) => [
    `Question: ${String(record["question"])}\nAnswer: ${plainSteps(String(record["answer"]))}`,
  ],
};

/** Sections under headings, joined up to 2,000 characters. */
function sectionsOf(text: string): string[] {
  const sections: string[] = [];
  let current = "";
  for (const part of text.split(/\n(?=#+ )|\n\n+/)) {
    const section = part.trim();
    if (current.length + section.length > 2000 && current !== "") {
      sections.push(current);
      current = "";
    }
    current = current === "" ? section : `${current}\n\n${section}`;
  }
  sections.push(current);
  return sections.filter((section) => section.length >= 200 && section.length < 8000);
}

/** Steps without the marks of a calculator, and the result as a sentence. */
const plainSteps = (answer: string): string =>
  answer.replace(/<<[^>]*>>/g, "").replace(/\n#### (.*)$/, "\nThe answer is $1.");
