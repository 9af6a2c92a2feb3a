import { finish } from "./slices.ts";

/** Tokens with bytes, in any order; several may have the same bytes. */
export interface TokenBytes {
  id: number;
  bytes: Uint8Array;
}

/** Tokens between two chances for other work while a tree is made. */
const tokensPerStep = 2000;

interface TrieParts {
  bytes: Uint8Array;
  depths: Uint16Array;
  ends: Int32Array;
  firsts: Int32Array;
  ids: Int32Array;
  maxDepth: number;
}

/** Prefix tree of tokens in depth-first order: walking it visits each shared prefix once. */
export class TokenTrie implements TrieParts {
  /** Of each node: the byte that leads to it, its depth less one, and the node behind its subtree. */
  readonly bytes: Uint8Array;
  readonly depths: Uint16Array;
  readonly ends: Int32Array;
  /** Tokens that end in node n are `ids` from `firsts[n]` to `firsts[n + 1]`. */
  readonly firsts: Int32Array;
  readonly ids: Int32Array;
  readonly maxDepth: number;

  private constructor(parts: TrieParts) {
    this.bytes = parts.bytes;
    this.depths = parts.depths;
    this.ends = parts.ends;
    this.firsts = parts.firsts;
    this.ids = parts.ids;
    this.maxDepth = parts.maxDepth;
  }

  static of(tokens: readonly TokenBytes[]): TokenTrie {
    return finish(TokenTrie.steps(tokens));
  }

  /** The same in steps that leave room for other work between them. */
  static *steps(tokens: readonly TokenBytes[]): Generator<undefined, TokenTrie> {
    const sorted = yield* sortTokens(tokens);
    return new TokenTrie(yield* fill(sorted));
  }

  get numNodes(): number {
    return this.bytes.length;
  }
}

function* fill(sorted: readonly TokenBytes[]): Generator<undefined, TrieParts> {
  const isPause = (index: number): boolean => index % tokensPerStep === tokensPerStep - 1;
  let numNodes = 0;
  let before: Uint8Array = new Uint8Array(0);
  let maxDepth = 0;
  for (const [index, { bytes }] of sorted.entries()) {
    numNodes += bytes.length - commonLength(before, bytes);
    maxDepth = Math.max(maxDepth, bytes.length);
    before = bytes;
    if (isPause(index)) yield undefined;
  }
  const parts: TrieParts = {
    bytes: new Uint8Array(numNodes),
    depths: new Uint16Array(numNodes),
    ends: new Int32Array(numNodes),
    firsts: new Int32Array(numNodes + 1),
    ids: Int32Array.from(sorted, ({ id }) => id),
    maxDepth,
  };
  const path: number[] = [];
  let node = 0;
  before = new Uint8Array(0);
  for (const [index, { bytes }] of sorted.entries()) {
    const common = commonLength(before, bytes);
    while (path.length > common) parts.ends[path.pop()!] = node;
    for (let depth = common; depth < bytes.length; depth++) {
      parts.bytes[node] = bytes[depth]!;
      parts.depths[node] = depth;
      // A node without tokens of its own begins and ends where the next token stands.
      parts.firsts[node] = index;
      path.push(node++);
    }
    parts.firsts[node] = index + 1;
    before = bytes;
    if (isPause(index)) yield undefined;
  }
  while (path.length > 0) parts.ends[path.pop()!] = node;
  parts.firsts[numNodes] = sorted.length;
  return parts;
}

function commonLength(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return i;
  return end;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** Tokens that have bytes, by their bytes: first by a number made of the leading four, then the few that share those. */
function* sortTokens(tokens: readonly TokenBytes[]): Generator<undefined, TokenBytes[]> {
  const indexBits = 2 ** 20;
  if (tokens.length >= indexBits)
    throw new RangeError(`A vocabulary of ${tokens.length} tokens is too large`);
  const prefixOf = (bytes: Uint8Array): number =>
    (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0;
  const keys = Float64Array.from(tokens, ({ bytes }, index) => prefixOf(bytes) * indexBits + index).sort();
  const sorted: TokenBytes[] = [];
  let pause = tokensPerStep;
  for (let from = 0; from < keys.length; ) {
    if (from > pause) {
      pause = from + tokensPerStep;
      yield undefined;
    }
    const prefix = Math.floor(keys[from]! / indexBits);
    let to = from + 1;
    while (to < keys.length && Math.floor(keys[to]! / indexBits) === prefix) to++;
    const run = Array.from(keys.subarray(from, to), (key) => tokens[key - prefix * indexBits]!);
    if (run.length > 1) run.sort((a, b) => compareBytes(a.bytes, b.bytes));
    for (const token of run) if (token.bytes.length > 0) sorted.push(token);
    from = to;
  }
  return sorted;
}
