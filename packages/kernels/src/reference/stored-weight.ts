import type { WeightFormat, WeightSpec } from "../kernels.ts";
import { nodeBuiltin } from "../wasm/web-assembly.ts";
import { checkWeight } from "../weight-formats/check-weight.ts";
import { rowBytes, weightFormats } from "../weight-formats/table.ts";

interface FileSystem {
  openSync(path: string, flags: "r"): number;
  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number;
  closeSync(fd: number): void;
}

function readData({ name, data }: WeightSpec): Uint8Array {
  if (data.kind === "bytes") return data.bytes.slice();
  const { path, offset, sizeBytes } = data;
  // Not imported: browsers load this file too.
  const fs = nodeBuiltin<FileSystem>("node:fs");
  if (fs === null)
    throw new TypeError(`Tensor ${name} is in the file ${path}, which cannot be read here; pass its bytes`);
  const bytes = new Uint8Array(sizeBytes);
  const fd = fs.openSync(path, "r");
  try {
    for (let done = 0; done < sizeBytes; ) {
      const count = fs.readSync(fd, bytes, done, Math.min(sizeBytes - done, 2 ** 30), offset + done);
      if (count === 0) throw new RangeError(`${path} ends inside tensor ${name}`);
      done += count;
    }
  } finally {
    fs.closeSync(fd);
  }
  return bytes;
}

/** Bytes of a weight as stored, with the factors of its rows. */
export function storedBytes(format: WeightFormat, rows: number, cols: number): number {
  return rows * rowBytes(format, cols) + (format === "f8_e4m3" ? rows * 4 : 0);
}

/** A weight kept in its file format; its values are made when first used. */
export class StoredWeight {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly #format: WeightFormat;
  readonly #bytes: Uint8Array;
  readonly #rowScale: Float32Array | null;
  #values: Float32Array | null = null;

  constructor(spec: WeightSpec) {
    checkWeight(spec);
    this.name = spec.name;
    this.rows = spec.rows;
    this.cols = spec.cols;
    this.#format = spec.format;
    this.#bytes = readData(spec);
    this.#rowScale = spec.rowScale?.slice() ?? null;
  }

  /** Memory in use: what is stored, and the values once they are made. */
  get bytes(): number {
    return storedBytes(this.#format, this.rows, this.cols) + (this.#values?.byteLength ?? 0);
  }

  /** Values [rows, cols] in f32. */
  get values(): Float32Array {
    if (this.#values === null) {
      const values = new Float32Array(this.rows * this.cols);
      for (let row = 0; row < this.rows; row++) this.readRow(row, values, row * this.cols);
      this.#values = values;
    }
    return this.#values;
  }

  /** Writes the values of one row from `target[offset]` on. */
  readRow(row: number, target: Float32Array, offset: number): void {
    const { cols } = this;
    const from = row * rowBytes(this.#format, cols);
    weightFormats[this.#format].dequantize(this.#bytes, from, target, offset, cols);
    if (this.#rowScale === null) return;
    const scale = this.#rowScale[row]!;
    for (let k = 0; k < cols; k++) target[offset + k]! *= scale;
  }
}
