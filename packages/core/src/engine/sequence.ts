import type { AdapterHandle } from "@llamero/kernels";
import type { TokenSampler } from "../sample/token-sampler.ts";
import type { BlockTable } from "./block-manager.ts";
import type { CacheMiss } from "./cache-miss.ts";
import type { Priority } from "./request.ts";
import type { Guesser } from "./speculation/guesser.ts";

/** Where a sequence stands in its line. */
export interface Place {
  /** Number of the sequence, by arrival. */
  arrival: number;
  /** Step at which it last got something: its place in the line, blocks, rows. */
  since: number;
  /** The level it was let in with; 0 goes first. */
  rank: number;
  /** It was running before. */
  isPreempted: boolean;
}

/** What a sequence wants: a token drawn after its last one, or at each position the score of a given next token, or hidden states. */
export type SequenceWork =
  | { kind: "sample"; sampler: TokenSampler }
  | {
      kind: "score";
      targets: Int32Array;
      numTop: number;
      /** First position that is scored. */
      from: number;
    }
  /** The final hidden state of every token, or of the last. */
  | { kind: "embed"; pooling: Pooling };

/** How the hidden states of a sequence become one vector. */
export type Pooling = "mean" | "last";

/** Token ids on their way through the model, and how far their KV has come. */
export class Sequence {
  readonly work: SequenceWork;
  /** What must agree besides the tokens for KV to be shared with another sequence, such as the adapter. */
  readonly cacheSalt: string;
  /** Low-rank change of the weights that its tokens run through. */
  adapter: AdapterHandle | undefined;
  /** Null while no KV block is held: waiting, or preempted. */
  table: BlockTable | null = null;
  /** Leading tokens whose KV is valid. */
  numComputed = 0;
  /** Leading tokens that came from the prefix cache when the sequence first got its blocks; null before. */
  numCached: number | null = null;
  /** Of these, tokens that were read from the disk for this sequence. */
  numFromDisk = 0;
  /** Why it was not more; null when there was no more to have; undefined before. */
  cacheMiss: CacheMiss | null | undefined;
  /** Whoever guesses at the tokens that follow, and the guesses for the next step. */
  guesser: Guesser | null = null;
  draft: readonly number[] = [];
  /** Who goes first, and on whose account. */
  priority: Priority = "normal";
  client = "";
  /** Kept by the scheduler. */
  place: Place = { arrival: 0, since: 0, rank: 0, isPreempted: false };
  /** Leading positions whose scores or hidden states are delivered or not wanted; stays 0 for other work. */
  numScored = 0;
  #tokens: Int32Array;
  #length: number;

  constructor(tokens: Int32Array, work: SequenceWork, cacheSalt: string = "") {
    this.cacheSalt = cacheSalt;
    this.#tokens = tokens;
    this.#length = tokens.length;
    this.work = work;
    if (work.kind === "score") this.numScored = work.from;
  }

  get length(): number {
    return this.#length;
  }

  /** All tokens, generated ones included; a view that later appends do not change. */
  get tokens(): Int32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  /** Tokens still to be computed; 1 for a sequence that only decodes. */
  get numPending(): number {
    return this.#length - this.numComputed;
  }

  /** Whether each position has a result of its own. */
  get needsEveryRow(): boolean {
    return this.work.kind === "score" || (this.work.kind === "embed" && this.work.pooling === "mean");
  }

  /** Leading tokens whose results are not needed again, so that their KV may come from the cache. */
  get reusable(): Int32Array {
    return this.tokens.subarray(0, this.needsEveryRow ? this.numScored : this.#length);
  }

  append(token: number): void {
    if (this.#length === this.#tokens.length) {
      const grown = new Int32Array(this.#length * 2);
      grown.set(this.#tokens);
      this.#tokens = grown;
    }
    this.#tokens[this.#length++] = token;
  }
}
