/**
 * The contract between a model and whatever computes it: programs of ops, the buffers they use,
 * and the `Backend` that executes them. Plain data only; nothing here computes.
 *
 * Shape legend: T rows of this step, O output rows, D hidden size, N outputs of a linear, V vocabulary.
 */

/** Element formats a stored weight can have; GGUF's own names, plus FP8 with a scale per row. */
export type WeightFormat =
  | "f32"
  | "f16"
  | "bf16"
  | "q8_0"
  | "q4_0"
  | "q4_1"
  | "q5_0"
  | "q5_1"
  | "q4_k"
  | "q5_k"
  | "q6_k"
  | "f8_e4m3";

/** Where the bytes of a tensor are. `file` lets a native backend map the file itself, so no 4 GiB view is needed. */
export type TensorData =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "file"; path: string; offset: number; sizeBytes: number };

/** A matrix [rows, cols] (row-major, a row is one output) or a vector (rows = 1). */
export interface WeightSpec {
  name: string;
  format: WeightFormat;
  rows: number;
  cols: number;
  data: TensorData;
  /** One factor per row, for FP8 row-wise weights: w = fp8 * rowScale[row]. */
  rowScale?: Float32Array;
}

/** Integer handle of an immutable, packed weight. */
export type WeightHandle = number & { readonly __brand: "weight" };
/** Integer handle of a KV pool. */
export type KvHandle = number & { readonly __brand: "kv" };

/** Integer handle of a low-rank adapter. */
export type AdapterHandle = number & { readonly __brand: "adapter" };

export type KvDtype = "f16" | "int8";

/** Tokens in one KV block. */
export const KV_BLOCK = 32;

export interface KvSpec {
  layers: number;
  kvHeads: number;
  headDim: number;
  /** Blocks of `KV_BLOCK` tokens in the pool. */
  blocks: number;
  dtype: KvDtype;
}

/** Symbolic dimensions: rows of the step, and rows whose logits are wanted. */
export type Dim = number | "rows" | "outputs";
export type Shape = readonly [Dim, number];

/** A low-rank change of one linear: scale * B_NR (A_RK x), with R = rank, N = rows, K = cols. */
export interface AdapterTarget {
  /** `target` of the `loraAdd` that it changes: the name of the weight. */
  target: string;
  rank: number;
  rows: number;
  cols: number;
  a: Float32Array;
  b: Float32Array;
  scale: number;
}

/** A LoRA adapter (Hu et al. 2021) as f32 matrices. */
export interface AdapterSpec {
  name: string;
  targets: readonly AdapterTarget[];
}

/** An SSA value: the result of op number `id` of the program. */
export type ValueId = number;

/**
 * Numerics of a run (design 3a.4).
 * `fast` may quantise activations; `exact` never does; `deterministic` is `exact` with sums in k order,
 * bit-identical for any batch and thread count, and for all instruction sets of one backend (native, WebAssembly).
 */
export type Mode = "fast" | "exact" | "deterministic";

export type RopeLayout = "adjacent" | "halves";

/** Parameters of each primitive op. `x` and friends are value ids; weights are slots of `Program.weights`. */
export interface OpParams {
  /** Named f32 input of the run, [rows or outputs, D]. */
  input: { name: string; shape: Shape };
  /** Embedding lookup of the step's tokens: [T, D]. */
  embed: { table: number };
  /** x / sqrt(mean(x^2) + eps) * weight (Zhang & Sennrich 2019). */
  rmsNorm: { x: ValueId; weight: number; eps: number };
  /** x_TK times weight_NK transposed: [T, N]. */
  linear: { x: ValueId; weight: number };
  /** Rotates each head of x_[T, heads*headDim] by position * inverse frequency (Su et al. 2021). */
  rope: { x: ValueId; heads: number; headDim: number; layout: RopeLayout; frequencies: number };
  /** Stores k and v rows in the KV pool at the step's slots. Its value is `v`. */
  writeKv: { k: ValueId; v: ValueId; layer: number };
  /** Causal grouped-query attention of q over the KV pool; `after` orders it behind the layer's writeKv. */
  attention: {
    q: ValueId;
    after: ValueId;
    layer: number;
    heads: number;
    kvHeads: number;
    headDim: number;
    scale: number;
  };
  /** silu(gate) * up (Shazeer 2020). */
  siluMul: { gate: ValueId; up: ValueId };
  add: { a: ValueId; b: ValueId };
  /**
   * base_TN + scale * B (A x_TK) in the rows of sequences whose adapter has `target`; other rows are base, bit for bit.
   * Sums in order of columns, one row at a time, so that a row's bits do not depend on the batch.
   */
  loraAdd: { base: ValueId; x: ValueId; target: string };
  /** The step's output rows of x: [O, D]. */
  selectRows: { x: ValueId };
}

export type OpName = keyof OpParams;
export type Op = { [K in OpName]: { op: K } & OpParams[K] }[OpName];

/** Serialisable: no closures, no handles. One forward program per model. */
export interface Program {
  /** Names of the weights, by slot. Bound to handles when compiled. */
  weights: readonly { name: string; rows: number; cols: number }[];
  /** Inverse frequencies [headDim/2] used by rope, by slot. */
  frequencies: readonly (readonly number[])[];
  ops: readonly Op[];
  /** Values readable after a run, by name. */
  outputs: Readonly<Record<string, ValueId>>;
}

/** One run of consecutive rows that belong to one sequence. */
export interface StepSequence {
  /** First row of the step that belongs to this sequence. */
  rowStart: number;
  rowCount: number;
  /** Position of its first row; also the number of tokens already in the KV cache. */
  position: number;
  /** KV blocks of the sequence, in order; covers position + rowCount tokens. */
  blocks: Int32Array;
  /** Adapter of its rows. The program must have a `loraAdd` for each target of it. */
  adapter?: AdapterHandle;
}

/** The header of a run: everything that changes from step to step. */
export interface Step {
  tokens: Int32Array;
  sequences: readonly StepSequence[];
  /** Rows (indices into tokens) whose logits are wanted. */
  outputRows: Int32Array;
  /** Values for the program's `input` ops, by name. */
  inputs?: Readonly<Record<string, Float32Array>>;
}

/** Sampling of one output row; see `core/sample` for defaults and validation. */
export interface SampleParams {
  temperature: number;
  /** 0: off. */
  topK: number;
  topP: number;
  minP: number;
  /** Uniform number in [0, 1) for the draw, from the counter-based generator. */
  uniform: number;
  repetitionPenalty: number;
  frequencyPenalty: number;
  presencePenalty: number;
  /** Token ids (with counts) that the penalties look at. */
  penaltyIds: Int32Array;
  penaltyCounts: Int32Array;
  biasIds: Int32Array;
  biasValues: Float32Array;
  /** One bit per token, 1 = allowed; empty = all. */
  mask: Uint32Array;
  /** How many of the most likely tokens to report, 0 to 20. */
  topLogprobs: number;
}

export interface SampleResult {
  token: number;
  /** Natural log-probability under the model's own distribution (before temperature and truncation). */
  logprob: number;
  topIds: Int32Array;
  topLogprobs: Float32Array;
}

/** Something that runs worse than asked for, or not as asked. Reported once, never silent. */
export interface Degradation {
  what: string;
  wanted: string;
  used: string;
  why: string;
}

export type BackendName = "reference" | "wasm" | "generic" | "avx2" | "avx512" | "amx" | "neon";

export interface CompileOptions {
  weights: readonly WeightHandle[];
  kv: KvHandle | null;
  maxRows: number;
  maxOutputs: number;
  mode: Mode;
}

/** A compiled program with its scratch arena. One run in flight at a time. */
export interface Executable {
  readonly scratchBytes: number;
  /** Runs off the event loop where the backend can. Rejects with AbortError soon after the signal fires; KV rows of an aborted run are garbage. */
  run(step: Step, signal?: AbortSignal): Promise<void>;
  /** Copies rows [from, from + count) of an output of the last run. */
  read(output: string, from: number, count: number): Float32Array;
  /** Samples output row `row` of `output` (a [O, V] value of the last run) for each entry. */
  sample(output: string, rows: readonly { row: number; params: SampleParams }[]): SampleResult[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface LiveCounts {
  weights: number;
  kvPools: number;
  adapters: number;
  executables: number;
  bytes: number;
}

export interface Backend {
  readonly name: BackendName;
  readonly threads: number;
  readonly degradations: readonly Degradation[];
  /** Packs a weight into the backend's form. Throws RangeError naming the tensor when sizes do not fit. */
  createWeight(spec: WeightSpec): WeightHandle;
  freeWeight(handle: WeightHandle): void;
  /** Bytes that a weight takes once packed, without creating it. */
  packedBytes(format: WeightFormat, rows: number, cols: number): number;
  createKv(spec: KvSpec): KvHandle;
  freeKv(handle: KvHandle): void;
  kvBytes(spec: KvSpec): number;
  /** Copies one KV block (all layers) onto another of the same pool: copy on write. */
  copyKvBlock(handle: KvHandle, from: number, to: number): void;
  /** A copy of one KV block (all layers) in the pool's own layout: the same backend and spec can take it back. */
  readKvBlock(handle: KvHandle, block: number): Uint8Array;
  /** Fills one KV block with what `readKvBlock` gave. Throws RangeError when the size is another. */
  writeKvBlock(handle: KvHandle, block: number, bytes: Uint8Array): void;
  /** Copies an adapter's matrices. Throws RangeError naming the target when sizes do not fit. */
  createAdapter(spec: AdapterSpec): AdapterHandle;
  freeAdapter(handle: AdapterHandle): void;
  compile(program: Program, options: CompileOptions): Executable;
  live(): LiveCounts;
  [Symbol.asyncDispose](): Promise<void>;
}
