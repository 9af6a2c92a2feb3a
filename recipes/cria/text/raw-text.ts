import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../random.ts";
import { readRecords } from "./read-passages.ts";
import { textSources } from "./sources.ts";

const pieceCharacters = 3000;

/** The corpora as they stand: a share of the bytes of each that a curated run takes, cut anywhere, with nothing chosen or left out. */
export function writeRawText(data: string, out: string, options: { seed: number; share: number }): void {
  const { seed, share } = options;
  mkdirSync(out, { recursive: true });
  for (const { name, file, bytes } of textSources) {
    const pieces: string[] = [];
    let total = 0;
    for (const record of createRandom(seed).shuffle(readRecords(join(data, file)))) {
      const { text, question, answer } = record;
      const whole = text === undefined ? `${String(question)}\n${String(answer)}` : String(text);
      for (let at = 0; at < whole.length && total < share * bytes; at += pieceCharacters) {
        const piece = whole.slice(at, at + pieceCharacters);
        pieces.push(piece);
        total += Buffer.byteLength(piece);
      }
      if (total >= share * bytes) break;
    }
    const lines = pieces.map((piece) => `${JSON.stringify({ text: piece })}\n`);
    writeFileSync(join(out, `${name}.jsonl`), lines.join(""));
  }
}
