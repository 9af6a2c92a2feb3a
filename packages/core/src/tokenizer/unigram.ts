import type { PieceModel } from "./piece-model.ts";
import { PieceTrie } from "./piece-trie.ts";

/** What a Unigram model is made of. */
export interface UnigramParts {
  /** Token and log-probability by id. */
  pieces: readonly (readonly [string, number])[];
  unknownId: number;
  /** Spell what no token covers in bytes, `<0x41>`. */
  byteFallback: boolean;
  /** Tokens that text never makes. */
  control: ReadonlySet<string>;
}

/** Below the least likely token (SentencePiece's kUnkPenalty). */
const unknownPenalty = 10;

/** Unigram (Kudo 2018): of all ways to cut a piece the most likely one, by Viterbi. */
export function createUnigram(parts: UnigramParts): PieceModel {
  const { pieces, unknownId, byteFallback, control } = parts;
  if (pieces[unknownId] === undefined) throw new SyntaxError(`Tokenizer's unk_id ${unknownId} is no token`);
  const trie = new PieceTrie();
  const idOfToken = new Map<string, number>();
  const scores = Float64Array.from(pieces, ([, score]) => score);
  const byteIds = new Int32Array(256).fill(-1);
  for (const [id, [token]] of pieces.entries()) {
    idOfToken.set(token, id);
    if (token !== "" && id !== unknownId && !control.has(token)) trie.add(token, id);
  }
  for (let byte = 0; byte < 256; byte++) {
    const name = `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
    byteIds[byte] = idOfToken.get(name) ?? -1;
  }
  const unknownScore = scores.reduce((least, score) => Math.min(least, score), Infinity) - unknownPenalty;
  const textEncoder = new TextEncoder();

  function spellUnknown(text: string, ids: number[]): void {
    const bytes = byteFallback ? textEncoder.encode(text) : null;
    if (bytes === null || bytes.some((byte) => byteIds[byte]! < 0)) ids.push(unknownId);
    else for (const byte of bytes) ids.push(byteIds[byte]!);
  }

  function encodePiece(piece: string, ids: number[]): void {
    const size = piece.length;
    const bestScore = new Float64Array(size + 1);
    const bestStart = new Int32Array(size + 1).fill(-1);
    const bestId = new Int32Array(size + 1);
    for (let start = 0; start < size; ) {
      const here = bestScore[start]!;
      const next = start + (piece.codePointAt(start)! > 0xffff ? 2 : 1);
      let hasSingle = false;
      let node = 0;
      for (let end = start + 1; end <= size; end++) {
        node = trie.next(node, piece.charCodeAt(end - 1));
        if (node === 0) break;
        const id = trie.valueAt(node);
        if (id < 0) continue;
        if (end === next) hasSingle = true;
        const score = here + scores[id]!;
        if (bestStart[end]! >= 0 && score <= bestScore[end]!) continue;
        bestScore[end] = score;
        bestStart[end] = start;
        bestId[end] = id;
      }
      if (!hasSingle && (bestStart[next]! < 0 || here + unknownScore > bestScore[next]!)) {
        bestScore[next] = here + unknownScore;
        bestStart[next] = start;
        bestId[next] = unknownId;
      }
      start = next;
    }
    const cuts: [number, number][] = [];
    for (let end = size; end > 0; end = bestStart[end]!) {
      const start = bestStart[end]!;
      const last = cuts.at(-1);
      // Unknown characters in a row are one unknown token.
      if (bestId[end] === unknownId && last !== undefined && bestId[last[1]] === unknownId) last[0] = start;
      else cuts.push([start, end]);
    }
    for (const [start, end] of cuts.reverse()) {
      if (bestId[end] === unknownId) spellUnknown(piece.slice(start, end), ids);
      else ids.push(bestId[end]!);
    }
  }
  function textOf(id: number): string | null {
    const token = pieces[id]?.[0];
    const isByte = byteFallback && byteIds.includes(id);
    return token === undefined || id === unknownId || isByte ? null : token.replaceAll("\u2581", "");
  }
  return { vocabSize: pieces.length, unknownId, encodePiece, idOf: (token) => idOfToken.get(token), textOf };
}
