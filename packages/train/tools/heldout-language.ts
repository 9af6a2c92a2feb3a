import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Language } from "../src/data/language/classes.ts";
import { createRandom } from "./corpus.ts";

/** A sentence of a source that no training of language identification has seen. */
export interface HeldOutSentence {
  source: string;
  language: Language;
  text: string;
}

const HANDBOOKS: readonly [string, Language][] = [
  ["en-US", "en"],
  ["de-DE", "de"],
  ["fr-FR", "fr"],
  ["it-IT", "it"],
  ["pt-BR", "pt"],
  ["es-ES", "es"],
];

function readLines(path: string): Record<string, string>[] {
  const bytes = path.endsWith(".zst")
    ? execFileSync("zstd", ["-dc", path], { maxBuffer: 1 << 28 })
    : readFileSync(path);
  return bytes
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);
}

function readHandbook(archive: string, code: string): string[] {
  const args = ["--zstd", "-xOf", archive, "--wildcards", `*debian-handbook_${code}/*.html`];
  const html = execFileSync("tar", args, { maxBuffer: 1 << 28 }).toString("utf8");
  const paragraphs =
    html.match(/<(p|dd|li|h[1-4]|div class="para")\b[^>]*>[\s\S]*?<\/(p|dd|li|h[1-4]|div)>/g) ?? [];
  return paragraphs.map((text) =>
    text
      .replace(/<[^>]+>/g, "")
      .replace(/&#(\d+);/g, (_, n: string) => String.fromCodePoint(Number(n)))
      .replace(/&\w+;/g, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );
}

/** Sentences of 20 to 200 code units, at most `perSource` of each source and language, in a fixed random order. */
export function readHeldOutSentences(folder: string, perSource: number): HeldOutSentence[] {
  const texts = new Map<string, string[]>();
  const put = (source: string, language: string, text: string): void => {
    const key = `${source} ${language}`;
    if (!texts.has(key)) texts.set(key, []);
    for (const part of text.split(/(?<=[.!?।])\s+/)) {
      const sentence = part.trim();
      if (sentence.length >= 20 && sentence.length <= 200) texts.get(key)!.push(sentence);
    }
  };
  for (const row of readLines(join(folder, "sft/tldr_task_command_pairs.jsonl.zst")))
    put("tldr", row["lang"]!, row["task"]!);
  for (const code of ["it", "th"]) {
    for (const row of readLines(join(folder, `eval/xcopa/val.${code}.jsonl`))) {
      for (const field of ["premise", "choice1", "choice2"]) put("xcopa", code, row[field]!);
    }
  }
  for (const code of ["en", "es", "hi"]) {
    const set = JSON.parse(readFileSync(join(folder, `eval/xquad/xquad.${code}.json`), "utf8")) as {
      data: { paragraphs: { context: string; qas: { question: string }[] }[] }[];
    };
    for (const { paragraphs } of set.data) {
      for (const { context, qas } of paragraphs) {
        put("xquad", code, context);
        for (const { question } of qas) put("xquad", code, question);
      }
    }
  }
  for (const code of ["en", "es"]) {
    for (const line of readFileSync(join(folder, `eval/mgsm/mgsm_${code}.tsv`), "utf8").split("\n"))
      put("mgsm", code, line.split("\t")[0]!);
  }
  if (readdirSync(join(folder, "messy")).includes("messy_html_sample.tar.zst")) {
    for (const [code, language] of HANDBOOKS) {
      for (const text of readHandbook(join(folder, "messy/messy_html_sample.tar.zst"), code))
        put("handbook", language, text);
    }
  }
  const random = createRandom(3);
  const chosen: HeldOutSentence[] = [];
  for (const [key, list] of texts) {
    const [source, language] = key.split(" ") as [string, Language];
    const unique = [...new Set(list)];
    for (let at = unique.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      [unique[at], unique[other]] = [unique[other]!, unique[at]!];
    }
    for (const text of unique.slice(0, perSource)) chosen.push({ source, language, text });
  }
  return chosen;
}
