import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { curate, parseCurateConfig } from "@llamero/train/data";
import { stringify } from "yaml";
import { hashText } from "../random.ts";
import { readPassages } from "./read-passages.ts";
import { textSources } from "./sources.ts";

/** Stages that each passage passes: its language, no repetition, no copies, no persons' data, no evaluation sets. */
const stagesOf = (evaluation: string | null): readonly unknown[] => [
  { language: { keep: ["en", "de", "fr", "it", "pt", "es"], minConfidence: 0.3 } },
  { length: { minCharacters: 120 } },
  "gopher-repetition",
  "exact-dedup",
  { minhash: { ngram: 5, bands: 14, rows: 8, threshold: 0 } },
  "pii",
  ...(evaluation === null ? [] : [{ decontaminate: { tasks: "all", data: evaluation } }]),
];

/** One record of 100 is held out of training. */
const isHeldOut = (text: string): boolean => hashText(text) % 100 === 0;

/** What is written of one source. */
export interface TextCount {
  name: string;
  license: string;
  credit: string;
  records: number;
  bytes: number;
}

/** Passages of the corpora, curated, in `out/<source>.jsonl` and `out/<source>.valid.jsonl`. */
export async function makeText(
  data: string,
  out: string,
  options: { scale: number; seed: number },
): Promise<TextCount[]> {
  const work = join(out, "work");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "raw"), { recursive: true });
  for (const source of textSources) {
    const passages = readPassages(source, join(data, source.file), options.scale, options.seed);
    writeLines(
      join(work, "raw", `${source.name}.jsonl`),
      passages.map((text) => ({ text })),
    );
  }
  const config = {
    name: "cria",
    sources: textSources.map(({ name, license, credit }) => ({
      name,
      files: `raw/${name}.jsonl`,
      license,
      credit,
    })),
    stages: stagesOf(join(data, "eval")),
    output: { folder: "curated", format: "jsonl" },
  };
  await curate(parseCurateConfig(stringify(config), join(work, "curate.yaml")), { workers: 0 });
  const bySource = new Map<string, string[]>(textSources.map(({ name }) => [name, []]));
  const shards = join(work, "curated");
  for (const file of readdirSync(shards, { recursive: true, encoding: "utf8" }))
    if (file.endsWith(".jsonl"))
      for (const line of readFileSync(join(shards, file), "utf8").split("\n"))
        if (line !== "") {
          const { text, source } = JSON.parse(line) as { text: string; source: string };
          bySource.get(source)?.push(text);
        }
  return textSources.map(({ name, license, credit }) => {
    const texts = bySource.get(name)!;
    const kept = texts.filter((text) => !isHeldOut(text));
    writeLines(
      join(out, `${name}.jsonl`),
      kept.map((text) => ({ text })),
    );
    writeLines(
      join(out, `${name}.valid.jsonl`),
      texts.filter(isHeldOut).map((text) => ({ text })),
    );
    const bytes = kept.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return { name, license, credit, records: kept.length, bytes };
  });
}

function writeLines(path: string, records: readonly unknown[]): void {
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}
