import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { AdapterSpec, AdapterTarget, RopeLayout } from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import { expectedTensors } from "./check-tensors.ts";
import type { Checkpoint, TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";
import { readGgufAdapter } from "./gguf-adapter.ts";
import { readPeftAdapter } from "./peft-adapter.ts";
import { readTensorRows } from "./read-tensor-rows.ts";
import type { StoredAdapter, StoredPair } from "./stored-adapter.ts";

/** Linears that the program has a `loraAdd` for. */
const adaptable = /^model\.layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)\.weight$/;

function open(path: string): StoredAdapter {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new FormatError("There is no such adapter file or folder", { file: path });
  if (stats.isDirectory()) return readPeftAdapter(path);
  return path.endsWith(".safetensors") ? readPeftAdapter(dirname(path)) : readGgufAdapter(path);
}

/** Rows of B as the model's q_proj or k_proj has them: halves (p, i) beside adjacent (i, p) in each head. */
function reorderRows(b: Float32Array, rank: number, headDim: number, to: RopeLayout): Float32Array {
  const result = new Float32Array(b.length);
  const half = headDim / 2;
  for (let row = 0; row < b.length / rank; row++) {
    const head = row - (row % headDim);
    const [part, i] = [Math.floor((row % headDim) / half), row % half];
    const adjacent = head + 2 * i + part;
    const [from, at] = to === "adjacent" ? [row, adjacent] : [adjacent, row];
    result.set(b.subarray(from * rank, (from + 1) * rank), at * rank);
  }
  return result;
}

class AdapterReader {
  readonly #adapter: StoredAdapter;
  readonly #config: LlamaConfig;
  readonly #layout: RopeLayout;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  constructor(adapter: StoredAdapter, { config, ropeLayout }: Checkpoint) {
    this.#adapter = adapter;
    this.#config = config;
    this.#layout = ropeLayout;
    this.#shapes = new Map(expectedTensors(config));
  }

  read({ target, a, b, scaleOf }: StoredPair): AdapterTarget {
    const [rows, cols] = this.#shapeOf(target);
    const rank = a.shape[0] ?? 0;
    if (a.shape.length !== 2 || a.shape[1] !== cols) this.#failShape(a, `[rank, ${cols}]`);
    if (b.shape.length !== 2 || b.shape[0] !== rows || b.shape[1] !== rank) {
      this.#failShape(b, `[${rows}, ${rank}]`);
    }
    const values = readTensorRows(b, 0, rows);
    const isRotated = /\.[qk]_proj\.weight$/.test(target) && this.#adapter.ropeLayout !== this.#layout;
    return {
      target,
      rank,
      rows,
      cols,
      a: readTensorRows(a, 0, rank),
      b: isRotated ? reorderRows(values, rank, this.#config.headDim, this.#layout) : values,
      scale: scaleOf(rank),
    };
  }

  #shapeOf(target: string): [rows: number, cols: number] {
    const shape = this.#shapes.get(target);
    if (shape !== undefined && adaptable.test(target)) return shape as [number, number];
    const problem = adaptable.test(target)
      ? `Adapter changes ${target}, but the model has ${this.#config.numHiddenLayers} layers`
      : `Adapter changes ${target}; only the attention and feed-forward matrices of a layer can be changed`;
    throw new FormatError(`${problem}${this.#advice()}`, { file: this.#adapter.file });
  }

  #failShape({ name, shape }: TensorInfo, wanted: string): never {
    throw new FormatError(`Shape is [${shape.join(", ")}], the model needs ${wanted}${this.#advice()}`, {
      file: this.#adapter.file,
      tensor: name,
    });
  }

  #advice(): string {
    const { baseModel } = this.#adapter;
    return baseModel === null ? "; is it an adapter of another model?" : `; it is an adapter of ${baseModel}`;
  }
}

/**
 * Reads a LoRA adapter for a model: a PEFT folder (adapter_config.json, adapter_model.safetensors) or a GGUF file.
 * Throws FormatError with both shapes when it is one of another model, and by name for what is not plain LoRA.
 */
export function readAdapter(path: string, checkpoint: Checkpoint, name: string): AdapterSpec {
  const adapter = open(path);
  const reader = new AdapterReader(adapter, checkpoint);
  if (adapter.pairs.length === 0) throw new FormatError("Adapter changes no weight", { file: adapter.file });
  return { name, targets: adapter.pairs.map((pair) => reader.read(pair)) };
}
