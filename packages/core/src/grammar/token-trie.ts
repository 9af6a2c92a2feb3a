/** Tokens with bytes, in any order; several may have the same bytes. */
export interface TokenBytes {
  id: number;
  bytes: Uint8Array;
}

/** Prefix tree of tokens in depth-first order: walking it visits each shared prefix once. */
export class TokenTrie {
  /** Of each node: the byte that leads to it, its depth less one, and the node behind its subtree. */
  readonly bytes: Uint8Array;
  readonly depths: Uint16Array;
  readonly ends: Int32Array;
  /** Tokens that end in node n are `ids` from `firsts[n]` to `firsts[n + 1]`. */
  readonly firsts: Int32Array;
  readonly ids: Int32Array;
  readonly maxDepth: number;

  constructor(tokens: readonly TokenBytes[]) {
    const sorted = sortTokens(tokens);
    let numNodes = 0;
    let before = new Uint8Array(0);
    let maxDepth = 0;
    for (const { bytes } of sorted) {
      numNodes += bytes.length - commonLength(before, bytes);
      maxDepth = Math.max(maxDepth, bytes.length);
      before = bytes as Uint8Array<ArrayBuffer>;
    }
    this.maxDepth = maxDepth;
    this.bytes = new Uint8Array(numNodes);
    this.depths = new Uint16Array(numNodes);
    this.ends = new Int32Array(numNodes);
    this.firsts = new Int32Array(numNodes + 1);
    this.ids = Int32Array.from(sorted, ({ id }) => id);
    const path: number[] = [];
    let node = 0;
    before = new Uint8Array(0);
    for (const [index, { bytes }] of sorted.entries()) {
      const common = commonLength(before, bytes);
      while (path.length > common) this.ends[path.pop()!] = node;
      for (let depth = common; depth < bytes.length; depth++) {
        this.bytes[node] = bytes[depth]!;
        this.depths[node] = depth;
        // A node without tokens of its own begins and ends where the next token stands.
        this.firsts[node] = index;
        path.push(node++);
      }
      this.firsts[node] = index + 1;
      before = bytes as Uint8Array<ArrayBuffer>;
    }
    while (path.length > 0) this.ends[path.pop()!] = node;
    this.firsts[numNodes] = sorted.length;
  }

  get numNodes(): number {
    return this.bytes.length;
  }
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
function sortTokens(tokens: readonly TokenBytes[]): TokenBytes[] {
  const indexBits = 2 ** 20;
  if (tokens.length >= indexBits)
    throw new RangeError(`A vocabulary of ${tokens.length} tokens is too large`);
  const prefixOf = (bytes: Uint8Array): number =>
    (((bytes[0] ?? 0) << 24) | ((bytes[1] ?? 0) << 16) | ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)) >>> 0;
  const keys = Float64Array.from(tokens, ({ bytes }, index) => prefixOf(bytes) * indexBits + index).sort();
  const sorted: TokenBytes[] = [];
  for (let from = 0; from < keys.length; ) {
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
