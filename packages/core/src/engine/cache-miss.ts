import { KV_BLOCK } from "@llamero/kernels";

/**
 * Why no more of a prompt came from the prefix cache.
 * - `differs`: no earlier request agrees further than `position`; the nearest has `cached` there, this one `wanted`.
 * - `longer`: the nearest earlier request ends at `position`; nothing after it has been computed before.
 * - `evicted`: KV from `position` on had been computed, but its space was needed.
 * - `other-adapter`: an earlier request agrees up to `position`, but ran with another adapter.
 * - `too-short`: only whole blocks of 32 tokens are kept, and what agrees is less than one.
 * - `never-seen`: no earlier request that is remembered begins with the same token.
 */
export type CacheMiss =
  | {
      reason: "differs";
      position: number;
      wanted: number;
      cached: number;
      /** The two tokens as text; the engine leaves them to the text layer. */
      wantedText?: string;
      cachedText?: string;
    }
  | { reason: "longer"; position: number }
  | { reason: "evicted"; position: number }
  | { reason: "other-adapter"; position: number }
  | { reason: "too-short"; position: number }
  | { reason: "never-seen"; position: 0 };

interface Remembered {
  tokens: Int32Array;
  salt: string;
}

/** Number of leading tokens that agree. */
function commonPrefix(a: Int32Array, b: Int32Array): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a[at] === b[at]) at++;
  return at;
}

/** Token ids of the latest sequences whose KV was computed: tells why the prefix cache had no more. */
export class PromptHistory {
  readonly #maxSequences: number;
  readonly #maxTokens: number;
  /** Oldest first. */
  #sequences: Remembered[] = [];
  #numTokens = 0;

  /** Memory is 4 bytes a token: at most 4 MiB by default. */
  constructor(options: { maxSequences?: number; maxTokens?: number } = {}) {
    const { maxSequences = 64, maxTokens = 2 ** 20 } = options;
    this.#maxSequences = maxSequences;
    this.#maxTokens = maxTokens;
  }

  get numTokens(): number {
    return this.#numTokens;
  }

  /** Remembers tokens whose KV was computed, in place of a beginning of them that was remembered. */
  add(tokens: Int32Array, salt: string): void {
    if (tokens.length === 0 || tokens.length > this.#maxTokens) return;
    const kept = this.#sequences.filter(
      (each) => each.salt !== salt || commonPrefix(each.tokens, tokens) < each.tokens.length,
    );
    kept.push({ tokens: tokens.slice(), salt });
    this.#sequences = kept;
    this.#numTokens = kept.reduce((sum, each) => sum + each.tokens.length, 0);
    while (this.#sequences.length > this.#maxSequences || this.#numTokens > this.#maxTokens) {
      this.#numTokens -= this.#sequences.shift()!.tokens.length;
    }
  }

  /** Why only `numCached` tokens were there; null when all but the last token, which is always computed, were. */
  explain(
    prompt: Int32Array,
    { numCached, salt, running = [] }: { numCached: number; salt: string; running?: readonly Remembered[] },
  ): CacheMiss | null {
    if (numCached >= prompt.length - 1) return null;
    let nearest: Remembered | null = null;
    let length = 0;
    let lengthElsewhere = 0;
    // The latest first: of several that agree equally far it says most.
    for (const each of [...running, ...this.#sequences.toReversed()]) {
      const common = commonPrefix(each.tokens, prompt);
      if (each.salt !== salt) lengthElsewhere = Math.max(lengthElsewhere, common);
      else if (common > length) {
        nearest = each;
        length = common;
      }
    }
    const wholeBlocks = (count: number): number => count - (count % KV_BLOCK);
    if (wholeBlocks(length) > numCached) return { reason: "evicted", position: numCached };
    if (wholeBlocks(lengthElsewhere) > numCached) {
      return { reason: "other-adapter", position: lengthElsewhere };
    }
    if (nearest === null) {
      // Blocks of the disk may be there without any request in memory.
      return numCached > 0
        ? { reason: "longer", position: numCached }
        : { reason: "never-seen", position: 0 };
    }
    if (length === prompt.length || (length < KV_BLOCK && length === nearest.tokens.length)) {
      return { reason: "too-short", position: wholeBlocks(length) };
    }
    if (length === nearest.tokens.length || length <= numCached) {
      return { reason: "longer", position: Math.max(length, numCached) };
    }
    return { reason: "differs", position: length, wanted: prompt[length]!, cached: nearest.tokens[length]! };
  }
}
