import { KV_BLOCK, type KvSpec } from "../kernels.ts";
import { floatToHalf, halfValues } from "../weight-formats/float.ts";

/** Keys or values of a pool: [layer][block][kvHead][KV_BLOCK][headDim], one vector per token and head. */
interface Store {
  write(vector: number, source: Float32Array, offset: number): void;
  read(vector: number, target: Float32Array): void;
  copy(from: number, to: number, numVectors: number): void;
  /** The stored bytes of some vectors, as views; codes before scales. */
  bytesOf(from: number, numVectors: number): readonly Uint8Array[];
}

/** IEEE half floats, rounded to nearest even. */
function halfStore(numVectors: number, headDim: number): Store {
  const halves = new Uint16Array(numVectors * headDim);
  return {
    write(vector, source, offset) {
      for (let d = 0; d < headDim; d++) halves[vector * headDim + d] = floatToHalf(source[offset + d]!);
    },
    read(vector, target) {
      for (let d = 0; d < headDim; d++) target[d] = halfValues[halves[vector * headDim + d]!]!;
    },
    copy(from, to, count) {
      halves.copyWithin(to * headDim, from * headDim, (from + count) * headDim);
    },
    bytesOf: (from, count) => [new Uint8Array(halves.buffer, from * headDim * 2, count * headDim * 2)],
  };
}

function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Symmetric int8 with one f32 scale = max |x| / 127 per vector. */
function int8Store(numVectors: number, headDim: number): Store {
  const codes = new Int8Array(numVectors * headDim);
  const scales = new Float32Array(numVectors);
  return {
    write(vector, source, offset) {
      let max = 0;
      for (let d = 0; d < headDim; d++) max = Math.max(max, Math.abs(source[offset + d]!));
      const scale = Math.fround(max / 127);
      scales[vector] = scale;
      for (let d = 0; d < headDim; d++) {
        const code = scale > 0 ? roundHalfEven(source[offset + d]! / scale) : 0;
        codes[vector * headDim + d] = Math.max(-127, Math.min(127, code));
      }
    },
    read(vector, target) {
      for (let d = 0; d < headDim; d++) target[d] = codes[vector * headDim + d]! * scales[vector]!;
    },
    copy(from, to, count) {
      codes.copyWithin(to * headDim, from * headDim, (from + count) * headDim);
      scales.copyWithin(to, from, from + count);
    },
    bytesOf: (from, count) => [
      new Uint8Array(codes.buffer, from * headDim, count * headDim),
      new Uint8Array(scales.buffer, from * 4, count * 4),
    ],
  };
}

const stores = { f16: halfStore, int8: int8Store } as const;

/** Bytes of one stored vector of `headDim` elements. */
const vectorBytes = {
  f16: (headDim: number) => headDim * 2,
  int8: (headDim: number) => headDim + 4,
} as const;

const numVectorsOf = ({ layers, blocks, kvHeads }: KvSpec): number => layers * blocks * kvHeads * KV_BLOCK;

/** Bytes of a pool: keys and values. */
export function kvPoolBytes(spec: KvSpec): number {
  return 2 * numVectorsOf(spec) * vectorBytes[spec.dtype](spec.headDim);
}

/** The KV cache of one model: blocks of `KV_BLOCK` tokens. */
export class KvPool {
  readonly spec: KvSpec;
  readonly keys: Store;
  readonly values: Store;

  constructor(spec: KvSpec) {
    for (const key of ["layers", "kvHeads", "headDim", "blocks"] as const) {
      const count = spec[key];
      if (!Number.isInteger(count) || count < 1)
        throw new RangeError(`KV pool's ${key} is ${count}; it must be 1 or more`);
    }
    const numVectors = numVectorsOf(spec);
    this.spec = { ...spec };
    this.keys = stores[spec.dtype](numVectors, spec.headDim);
    this.values = stores[spec.dtype](numVectors, spec.headDim);
  }

  /** Number of the vector of a token of a sequence that owns `blocks`. */
  vectorOf(layer: number, kvHead: number, blocks: Int32Array, position: number): number {
    const block = blocks[Math.floor(position / KV_BLOCK)]!;
    const { kvHeads } = this.spec;
    return ((layer * this.spec.blocks + block) * kvHeads + kvHead) * KV_BLOCK + (position % KV_BLOCK);
  }

  copyBlock(from: number, to: number): void {
    const { layers, blocks, kvHeads } = this.spec;
    this.#checkBlock(from);
    this.#checkBlock(to);
    const count = kvHeads * KV_BLOCK;
    for (let layer = 0; layer < layers; layer++) {
      const start = layer * blocks;
      for (const store of [this.keys, this.values])
        store.copy((start + from) * count, (start + to) * count, count);
    }
  }

  /** A copy of one block: keys and values, layer by layer. */
  readBlock(block: number): Uint8Array {
    const parts = this.#partsOf(block);
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  writeBlock(block: number, bytes: Uint8Array): void {
    const parts = this.#partsOf(block);
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes.length !== size) throw new RangeError(`KV block takes ${size} bytes, got ${bytes.length}`);
    let at = 0;
    for (const part of parts) {
      part.set(bytes.subarray(at, at + part.length));
      at += part.length;
    }
  }

  #partsOf(block: number): Uint8Array[] {
    const { layers, blocks, kvHeads } = this.spec;
    this.#checkBlock(block);
    const count = kvHeads * KV_BLOCK;
    return Array.from({ length: layers }, (_, layer) =>
      [this.keys, this.values].flatMap((store) => store.bytesOf((layer * blocks + block) * count, count)),
    ).flat();
  }

  #checkBlock(block: number): void {
    if (!Number.isInteger(block) || block < 0 || block >= this.spec.blocks) {
      throw new RangeError(`KV block ${block} is not in the pool of ${this.spec.blocks}`);
    }
  }
}
