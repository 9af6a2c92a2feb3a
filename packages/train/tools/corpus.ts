import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";

import { Decompress } from "fzstd";

/** One line of a given JSONL file. */
export interface CorpusRow {
  id: string;
  lang: string;
  text: string;
}

/** Rows of `pretrain/NAME.jsonl.zst` below `folder`. */
export async function* readRows(folder: string, name: string): AsyncGenerator<CorpusRow> {
  const path = join(folder, "pretrain", `${name}.jsonl.zst`);
  if (!existsSync(path)) throw new RangeError(`${path} is not there: give the folder of the training data`);
  const decoder = new TextDecoder();
  let ready: string[] = [];
  let rest = "";
  const stream = new Decompress((chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) ready.push(line);
  });
  for await (const chunk of createReadStream(path)) {
    stream.push(chunk as Uint8Array);
    for (const line of ready) yield JSON.parse(line) as CorpusRow;
    ready = [];
  }
  if (rest !== "") yield JSON.parse(rest) as CorpusRow;
}

/** A small generator of pseudo-random numbers in [0, 1), the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Cuts pieces of 15 to 250 code units, short ones more often, at spaces. */
export function cutPiece(text: string, random: () => number): string {
  const wanted = Math.floor(15 + 235 * random() ** 2.5);
  if (text.length <= wanted) return text.trim();
  let start = Math.floor(random() * (text.length - wanted));
  while (start > 0 && text.charCodeAt(start - 1) > 32) start--;
  let end = Math.min(text.length, start + wanted);
  while (end < text.length && text.charCodeAt(end) > 32) end++;
  return text.slice(start, end).trim();
}
