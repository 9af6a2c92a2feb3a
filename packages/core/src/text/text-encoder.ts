import type { TextEncoderModel } from "../models/encoder.ts";
import { type EncoderBody, packedRows, paddedLength } from "../models/encoder-body.ts";
import type { EncoderHead } from "../models/encoder-head.ts";
import { normalizeVector } from "../models/encoder-math.ts";
import type { EncoderTokenizer } from "../tokenizer/encoder-tokenizer.ts";

/** What a text encoder is made of. */
export interface TextEncoderParts {
  body: EncoderBody;
  head: EncoderHead | null;
  tokenizer: EncoderTokenizer;
  pooling: "mean" | "cls";
  maxTokens: number;
  /** Rows that texts of a pack are rounded up to. */
  block: number;
  dispose(): Promise<void>;
}

/** Mean of the rows of one text, [T, D], or its first row. */
function pool(states: Float32Array, dimensions: number, pooling: "mean" | "cls"): Float32Array {
  if (pooling === "cls") return states.slice(0, dimensions);
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i++) {
    let sum = 0;
    for (let at = i; at < states.length; at += dimensions) sum += states[at]!;
    vector[i] = sum / (states.length / dimensions);
  }
  return vector;
}

/** Stretches of `size` ids, each sharing `overlap` with the one before; the last one reaches as far back as the others. */
function windowsOf(ids: readonly number[], size: number, overlap: number): (readonly number[])[] {
  if (!(Number.isInteger(overlap) && overlap >= 0 && overlap < size))
    throw new RangeError(`Windows of ${size} tokens cannot share ${overlap}; give 0 to ${size - 1}`);
  if (ids.length <= size) return [ids];
  const windows: (readonly number[])[] = [];
  for (let from = 0; from + overlap < ids.length; from += size - overlap) {
    const start = Math.min(from, ids.length - size);
    windows.push(ids.slice(start, start + size));
  }
  return windows;
}

/** Groups of texts that fit one run, texts of like length together. */
function packTexts(texts: readonly (readonly number[])[], block: number): number[][] {
  const byLength = texts.map((_, i) => i).sort((a, b) => texts[a]!.length - texts[b]!.length || a - b);
  const packs: number[][] = [];
  let used = Infinity;
  for (const index of byLength) {
    const length = paddedLength(texts[index]!.length, block);
    if (used + length > packedRows) {
      packs.push([]);
      used = 0;
    }
    packs.at(-1)!.push(index);
    used += length;
  }
  return packs;
}

/** Text in, vectors and logits out; calls run one after the other. */
export function createTextEncoder(parts: TextEncoderParts): TextEncoderModel {
  const { body, head, tokenizer, maxTokens } = parts;
  const dimensions = body.hiddenSize;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;

  /** Takes its turn; an encoder has one scratch for all calls. */
  function inTurn<T>(run: () => Promise<T>): Promise<T> {
    if (isClosed) return Promise.reject(new TypeError("The encoder is closed"));
    const turn = last.then(run, run);
    last = turn.catch(() => {});
    return turn;
  }

  /** Calls `take` with the states of each text, [T, D]. */
  function eachText(
    texts: readonly (readonly number[])[],
    signal: AbortSignal | undefined,
    take: (states: Float32Array) => Float32Array,
  ): Promise<Float32Array[]> {
    return inTurn(async () => {
      const results: Float32Array[] = new Array(texts.length);
      for (const pack of packTexts(texts, parts.block)) {
        signal?.throwIfAborted();
        const states = await body.forward(
          pack.map((index) => texts[index]!),
          signal,
        );
        let from = 0;
        for (const index of pack) {
          const end = from + texts[index]!.length * dimensions;
          results[index] = take(states.subarray(from, end));
          from = end;
        }
      }
      return results;
    });
  }

  function withClasses(): EncoderHead {
    if (head === null) throw new TypeError("This encoder has no classes; it only embeds");
    return head;
  }

  return {
    dimensions,
    maxTokens,
    pooling: parts.pooling,
    labels: head?.labels ?? null,
    countTokens: (text) => tokenizer.encode(text).length,
    async embed(texts, signal) {
      const ids = texts.map((text) => tokenizer.encode(text, maxTokens));
      return eachText(ids, signal, (states) => {
        const vector = pool(states, dimensions, parts.pooling);
        normalizeVector(vector);
        return vector;
      });
    },
    tokensOf: (text) => tokenizer.textsOf(text),
    async classifyWindows(text, overlap, signal) {
      const { logits } = withClasses();
      const windows = windowsOf(tokenizer.encodeText(text), maxTokens - tokenizer.numSpecial, overlap);
      return eachText(
        windows.map((ids) => tokenizer.wrap(ids)),
        signal,
        (states) => logits(states.subarray(0, dimensions)),
      );
    },
    async classify(texts, signal) {
      const { logits } = withClasses();
      const ids = texts.map((text) => tokenizer.encode(text));
      const long = ids.findIndex(({ length }) => length > maxTokens);
      if (long >= 0)
        throw new RangeError(
          `Text ${long} has ${ids[long]!.length} tokens, but the model takes ${maxTokens}; classify it in parts`,
        );
      return eachText(ids, signal, (states) => logits(states.subarray(0, dimensions)));
    },
    close() {
      if (isClosed) return;
      void inTurn(parts.dispose);
      isClosed = true;
    },
  };
}
