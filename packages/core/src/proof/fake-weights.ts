import { rowBytes, type TensorData, type WeightFormat, weightFormats } from "@llamero/kernels";
import { expectedTensors } from "../formats/check-tensors.ts";
import type { Checkpoint, TensorInfo } from "../formats/checkpoint.ts";
import { seededRandom } from "../formats/test-model.ts";
import type { LlamaConfig } from "../models/config.ts";

/** Elements of the random block that a matrix is cut from. */
const tileElems = 2 ** 20;

/** Uniform numbers of mean 0 and the given deviation, stored in `format`. */
function randomTile(format: WeightFormat, deviation: number, random: () => number): Uint8Array {
  const width = deviation * Math.sqrt(12);
  const values = Float32Array.from({ length: tileElems }, () => (random() - 0.5) * width);
  const bytes = new Uint8Array(rowBytes(format, tileElems));
  weightFormats[format].quantize(values, 0, bytes, 0, tileElems);
  return bytes;
}

/** One random tile after the other, each rotated by its own number of blocks, so that no two rows are equal. */
function rotations(tile: Uint8Array, blockBytes: number, sizeBytes: number, random: () => number) {
  const parts: TensorData[] = [];
  const take = (bytes: Uint8Array): void => {
    const left = Math.min(bytes.length, sizeBytes);
    if (left > 0) parts.push({ kind: "bytes", bytes: bytes.subarray(0, left) });
    sizeBytes -= left;
  };
  while (sizeBytes > 0) {
    const at = Math.floor(random() * (tile.length / blockBytes)) * blockBytes;
    take(tile.subarray(at));
    take(tile.subarray(0, at));
  }
  return parts;
}

/**
 * Random weights of any size in a few megabytes of memory, to be written with `exportGguf`. Activations keep their
 * size from layer to layer. Tests and benchmarks only.
 */
export function fakeWeights(
  config: LlamaConfig,
  options: { seed: number; formatOf: (name: string) => WeightFormat },
): Checkpoint {
  const random = seededRandom(options.seed);
  const tiles = new Map<string, Uint8Array>();
  const tensors = new Map<string, TensorInfo>();
  let sizeBytes = 0;
  for (const [name, shape] of expectedTensors(config)) {
    const cols = shape.at(-1)!;
    const isNorm = shape.length === 1;
    const format = isNorm ? "f32" : options.formatOf(name);
    const size = (isNorm ? 1 : shape[0]!) * rowBytes(format, cols);
    if (isNorm) {
      const values = Float32Array.from({ length: cols }, () => 0.8 + 0.4 * random());
      tensors.set(name, {
        name,
        shape,
        format,
        data: { kind: "bytes", bytes: new Uint8Array(values.buffer) },
      });
    } else {
      const key = `${format} ${cols}`;
      const tile = tiles.get(key) ?? randomTile(format, 1.2 / Math.sqrt(cols), random);
      tiles.set(key, tile);
      const parts = rotations(tile, weightFormats[format].blockBytes, size, random);
      tensors.set(name, { name, shape, format, data: { kind: "parts", axis: 0, rows: shape[0]!, parts } });
    }
    sizeBytes += size;
  }
  return {
    kind: "gguf",
    path: `random:${options.seed}`,
    sizeBytes,
    name: "random",
    config,
    // GGUF's own, so that writing moves no rows.
    ropeLayout: "adjacent",
    tensors,
    tokenizer: null,
    chatTemplate: null,
    metadata: {},
    bosTokenId: null,
    eosTokenIds: [],
  };
}
