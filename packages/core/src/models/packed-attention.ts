import { type Backend, type Executable, KV_BLOCK, type KvHandle, type StepSequence } from "@llamero/kernels";

/** Shape of an attention without positions. */
export interface PackedAttentionOptions {
  heads: number;
  headDim: number;
  /** Rows of a run, each text rounded up to whole KV blocks. */
  maxRows: number;
}

/**
 * Attention in both directions by the backend's causal op. Keys and values of a text go into KV blocks first; then each
 * query is a sequence of its own, of one row at the text's last position, from where it sees all of them. Keys and
 * values are kept in f16.
 */
export class PackedAttention implements AsyncDisposable {
  readonly #backend: Backend;
  readonly #kv: KvHandle;
  readonly #store: Executable;
  readonly #attend: Executable;

  constructor(backend: Backend, { heads, headDim, maxRows }: PackedAttentionOptions) {
    this.#backend = backend;
    const cols = heads * headDim;
    const blocks = Math.ceil(maxRows / KV_BLOCK);
    this.#kv = backend.createKv({ layers: 1, kvHeads: heads, headDim, blocks, dtype: "f16" });
    const options = { weights: [], kv: this.#kv, maxRows, maxOutputs: 1, mode: "exact" } as const;
    const input = (name: string) => ({ op: "input", name, shape: ["rows", cols] }) as const;
    const shape = { layer: 0, heads, kvHeads: heads, headDim, scale: 1 / Math.sqrt(headDim) };
    this.#store = backend.compile(
      {
        weights: [],
        frequencies: [],
        ops: [input("k"), input("v"), { op: "writeKv", k: 0, v: 1, layer: 0 }],
        outputs: { v: 2 },
      },
      options,
    );
    this.#attend = backend.compile(
      {
        weights: [],
        frequencies: [],
        // Nothing of this run has to come first, so `after` is the query itself.
        ops: [input("q"), { op: "attention", q: 0, after: 0, ...shape }],
        outputs: { y: 1 },
      },
      options,
    );
  }

  /** Attention of the texts' rows, which lie one behind the other: [T, heads * headDim]. */
  async run(
    { q, k, v }: { q: Float32Array; k: Float32Array; v: Float32Array },
    lengths: readonly number[],
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const whole: StepSequence[] = [];
    const single: StepSequence[] = [];
    let row = 0;
    let block = 0;
    for (const length of lengths) {
      const first = block;
      const blocks = Int32Array.from({ length: Math.ceil(length / KV_BLOCK) }, (_, i) => first + i);
      block += blocks.length;
      whole.push({ rowStart: row, rowCount: length, position: 0, blocks });
      for (let i = 0; i < length; i++)
        single.push({ rowStart: row + i, rowCount: 1, position: length - 1, blocks });
      row += length;
    }
    const rest = { tokens: new Int32Array(row), outputRows: new Int32Array(0) };
    await this.#store.run({ ...rest, sequences: whole, inputs: { k, v } }, signal);
    await this.#attend.run({ ...rest, sequences: single, inputs: { q } }, signal);
    return this.#attend.read("y", 0, row);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    await this.#attend[Symbol.asyncDispose]();
    this.#backend.freeKv(this.#kv);
  }
}
