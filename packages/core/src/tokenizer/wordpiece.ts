import type { PieceModel } from "./piece-model.ts";

/** What a WordPiece model is made of. */
export interface WordPieceParts {
  vocabulary: ReadonlyMap<string, number>;
  unknown: string;
  /** Before every token that goes on with a word. */
  continuation: string;
  /** Code points; longer words are unknown. */
  maxWordLength: number;
}

/** WordPiece (Schuster & Nakajima 2012): of each word the longest token first; a word with a gap is unknown. */
export function createWordPiece(parts: WordPieceParts): PieceModel {
  const { vocabulary, continuation, maxWordLength } = parts;
  const unknownId = vocabulary.get(parts.unknown);
  if (unknownId === undefined)
    throw new SyntaxError(`Tokenizer has no ${parts.unknown}, which stands for unknown words`);
  const longest = [...vocabulary.keys()].reduce((most, { length }) => Math.max(most, length), 0);
  let vocabSize = 0;
  for (const id of vocabulary.values()) vocabSize = Math.max(vocabSize, id + 1);

  function encodePiece(word: string, ids: number[]): void {
    const before = ids.length;
    if (word.length > maxWordLength && [...word].length > maxWordLength) {
      ids.push(unknownId!);
      return;
    }
    for (let start = 0; start < word.length; ) {
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      for (; end > start; end--) {
        const part = word.slice(start, end);
        id = vocabulary.get(start === 0 ? part : continuation + part);
        if (id !== undefined) break;
      }
      if (id === undefined) {
        ids.length = before;
        ids.push(unknownId!);
        return;
      }
      ids.push(id);
      start = end;
    }
  }
  let tokens: Map<number, string> | null = null;
  function textOf(id: number): string | null {
    tokens ??= new Map([...vocabulary].map(([token, each]) => [each, token]));
    const token = tokens.get(id);
    if (token === undefined || id === unknownId) return null;
    return token.startsWith(continuation) ? token.slice(continuation.length) : token;
  }
  return { vocabSize, unknownId, encodePiece, idOf: (token) => vocabulary.get(token), textOf };
}
