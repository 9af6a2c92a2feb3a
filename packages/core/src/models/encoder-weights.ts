import type { WeightSpec } from "@llamero/kernels";
import type { TensorInfo } from "../formats/checkpoint.ts";
import { FormatError } from "../formats/format-error.ts";
import { toTensorData } from "../formats/read-tensor.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import type { SafetensorsFile } from "../formats/safetensors.ts";
import type { Norm } from "./encoder-math.ts";

/** Rows of an embedding table kept in memory. */
const cachedRows = 16_384;

/** The tensors of an encoder under their Hugging Face names, checked when they are taken. */
export class EncoderWeights {
  readonly #file: SafetensorsFile;
  readonly #prefix: string;

  /** `bodyPrefix` is what files with a head put before the names of the body. */
  constructor(file: SafetensorsFile, bodyPrefix: string) {
    this.#file = file;
    const hasPrefix = [...file.tensors.keys()].some((name) => name.startsWith(bodyPrefix));
    this.#prefix = hasPrefix ? bodyPrefix : "";
  }

  /** Whether the head has a tensor of this name. */
  hasHead(name: string): boolean {
    return this.#file.tensors.has(name);
  }

  #tensor(name: string, rows: number, cols: number): TensorInfo {
    const tensor = this.#file.tensors.get(name);
    const place = { file: this.#file.path, tensor: name };
    if (tensor === undefined) throw new FormatError("Tensor is missing", place);
    const { shape } = tensor;
    const isVector = rows === 1 && shape.length === 1 && shape[0] === cols;
    if (!isVector && (shape.length !== 2 || shape[0] !== rows || shape[1] !== cols)) {
      throw new FormatError(
        `Shape [${shape.join(", ")}] is not [${rows}, ${cols}] as config.json says`,
        place,
      );
    }
    return tensor;
  }

  /** A matrix of the body as a backend takes it. */
  matrix(name: string, rows: number, cols: number): WeightSpec {
    const tensor = this.#tensor(this.#prefix + name, rows, cols);
    return { name, format: tensor.format, rows, cols, data: toTensorData(tensor.data) };
  }

  /** A matrix or vector of the body in memory. */
  values(name: string, rows: number, cols: number): Float32Array {
    return readTensorRows(this.#tensor(this.#prefix + name, rows, cols), 0, rows);
  }

  /** As `values`, of the head. */
  headValues(name: string, rows: number, cols: number): Float32Array {
    return readTensorRows(this.#tensor(name, rows, cols), 0, rows);
  }

  /** The first row of a table of the body with any number of rows. */
  firstRow(name: string, cols: number): Float32Array {
    const rows = this.#file.tensors.get(this.#prefix + name)?.shape[0] ?? 1;
    return readTensorRows(this.#tensor(this.#prefix + name, rows, cols), 0, 1);
  }

  norm(name: string, cols: number, eps: number): Norm {
    return {
      weight: this.values(`${name}.weight`, 1, cols),
      bias: this.values(`${name}.bias`, 1, cols),
      eps,
    };
  }

  /** Reads rows of a table, which stays in the file, as they are asked for. */
  table(name: string, rows: number, cols: number): (row: number) => Float32Array {
    const tensor = this.#tensor(this.#prefix + name, rows, cols);
    const known = new Map<number, Float32Array>();
    return (row) => {
      let values = known.get(row);
      if (values === undefined) {
        values = readTensorRows(tensor, row, 1);
        if (known.size >= cachedRows) known.clear();
        known.set(row, values);
      }
      return values;
    };
  }
}
