/** Where the last tokens of a sequence were seen before. */
export interface NgramMatch {
  /** Position of the token that followed them there. */
  next: number;
  /** How many of the last tokens are the same, as far as was looked. */
  length: number;
}

/** A longer agreement says no more. */
const maxLength = 32;
/** Earlier places looked at, the latest first. */
const maxCandidates = 16;

function hashOf(tokens: Int32Array, end: number, length: number): number {
  let hash = 0;
  for (let i = end - length; i < end; i++) hash = Math.imul(hash ^ tokens[i]!, 0x9e3779b1) ^ (hash >>> 15);
  return hash >>> 0;
}

/** Tokens, at most `maxLength`, before `end` and before `next` that are the same. */
function agreement(tokens: Int32Array, end: number, next: number): number {
  let length = 0;
  while (length < maxLength && length < next && tokens[next - 1 - length] === tokens[end - 1 - length])
    length++;
  return length;
}

/**
 * Finds earlier places of a growing sequence that look like its end: chains of places by a hash of the tokens before
 * them, as in LZ77 compressors. A token costs the same however long the sequence is.
 */
export class NgramIndex {
  /** Latest place of each hash; 0 is none, since the first tokens have too few before them. */
  #heads = new Int32Array(1024);
  /** The place before, of the same hash. */
  #earlier = new Int32Array(1024);
  #numIndexed: number;
  #last: { next: number; numTokens: number } | null = null;
  readonly #minLength: number;

  /** At least `minLength` tokens must agree. */
  constructor(minLength: number) {
    this.#minLength = minLength;
    this.#numIndexed = minLength;
  }

  /** The longest agreement of the end of `tokens` with an earlier place; `tokens` may only have grown since the last call. */
  find(tokens: Int32Array): NgramMatch | null {
    const end = tokens.length;
    const minLength = this.#minLength;
    this.#index(tokens);
    if (end < minLength) return null;
    let best: NgramMatch | null = null;
    const consider = (next: number): void => {
      const length = agreement(tokens, end, next);
      if (length >= minLength && length > (best?.length ?? 0)) best = { next, length };
    };
    // Where the last answer came from goes on being right most of the time.
    if (this.#last !== null) consider(this.#last.next + end - this.#last.numTokens);
    let place = this.#heads[hashOf(tokens, end, minLength) & (this.#heads.length - 1)]!;
    for (let i = 0; i < maxCandidates && place > 0; i++) {
      consider(place);
      place = this.#earlier[place]!;
    }
    const found = best as NgramMatch | null;
    this.#last = found && { next: found.next, numTokens: end };
    return found;
  }

  /** All places but the end, which has no token after it yet. */
  #index(tokens: Int32Array): void {
    if (tokens.length > this.#heads.length) {
      let size = this.#heads.length;
      while (size < tokens.length) size *= 2;
      this.#heads = new Int32Array(size);
      this.#earlier = new Int32Array(size);
      this.#numIndexed = this.#minLength;
    }
    for (let place = this.#numIndexed; place < tokens.length; place++) {
      const slot = hashOf(tokens, place, this.#minLength) & (this.#heads.length - 1);
      this.#earlier[place] = this.#heads[slot]!;
      this.#heads[slot] = place;
    }
    this.#numIndexed = Math.max(this.#numIndexed, tokens.length);
  }
}

/** `count` tokens from `next` on; where the sequence ends, what was taken goes on as if it followed. */
export function continuation(tokens: Int32Array, next: number, count: number): number[] {
  const taken: number[] = [];
  for (let i = next; taken.length < count; i++) {
    taken.push(i < tokens.length ? tokens[i]! : taken[i - tokens.length]!);
  }
  return taken;
}
