import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../random.ts";
import { readRecords } from "./read-passages.ts";
import { SharedRuns } from "./shared-runs.ts";
import { textSources } from "./sources.ts";

const pieceCharacters = 3000;
/** Pieces that are held out: shorter, for curated passages stand between what was left out. */
const held = { source: "novels-en", pieces: 60, characters: 750, looked: 2000 };

export interface RawTextOptions {
  seed: number;
  /** Of the bytes of each corpus that a curated run takes. */
  share: number;
  /** Texts that curated runs are measured on: none of the training text repeats a part of them. */
  held: readonly string[];
  /** Novels that curated runs learn from: none of the raw text that is held out repeats a part of them. */
  learned: readonly string[];
}

/**
 * The corpora as they stand: a share of the bytes of each that a curated run takes, cut anywhere, with nothing chosen
 * or left out, and some of the novels held out.
 */
export function writeRawText(data: string, out: string, options: RawTextOptions): void {
  const { seed, share } = options;
  mkdirSync(out, { recursive: true });
  const measured = new SharedRuns(options.held);
  for (const { name, file, bytes } of textSources) {
    const pieces = piecesOf(createRandom(seed).shuffle(readRecords(join(data, file))));
    const taken: string[] = [];
    let total = 0;
    while (total < share * bytes) {
      const piece = pieces.next().value;
      if (piece === undefined) break;
      if (measured.isIn(piece)) continue;
      taken.push(piece);
      total += Buffer.byteLength(piece);
    }
    writePieces(join(out, `${name}.jsonl`), taken);
    if (name !== held.source) continue;
    const others = Array.from(
      { length: held.looked / (pieceCharacters / held.characters) },
      () => pieces.next().value ?? "",
    ).flatMap((piece) => [...cut(piece, held.characters)]);
    const repeated = new SharedRuns(others).indexesIn(options.learned);
    const kept = others.filter((_, index) => !repeated.has(index));
    writePieces(join(out, `${name}.valid.jsonl`), createRandom(seed).shuffle(kept).slice(0, held.pieces));
  }
}

function* piecesOf(records: readonly Readonly<Record<string, unknown>>[]): Generator<string, undefined> {
  for (const { text, question, answer } of records) {
    const whole = text === undefined ? `${String(question)}\n${String(answer)}` : String(text);
    yield* cut(whole, pieceCharacters);
  }
}

function* cut(text: string, characters: number): Generator<string, undefined> {
  for (let at = 0; at < text.length; at += characters) yield text.slice(at, at + characters);
}

function writePieces(path: string, pieces: readonly string[]): void {
  writeFileSync(path, pieces.map((text) => `${JSON.stringify({ text })}\n`).join(""));
}
