import type { Checkpoint, LlamaConfig, TensorInfo } from "@llamero/core";
import type { Backend, KvDtype, Mode, WeightFormat, WeightSpec } from "@llamero/kernels";
import { randomWeights } from "./matrix-rate.ts";

/** Speeds that a model will have here, computed from a slice of it that really ran. */
export interface PredictedSpeed {
  /** One stream, short context. */
  generationTokensPerSecond: number;
  /** A prompt of `promptTokens`. */
  promptTokensPerSecond: number;
  promptTokens: number;
  /** How much of the model ran. */
  layers: { measured: number; total: number };
}

/** A model, or the shape of one whose weights all have one format. */
export type SliceSource =
  | { kind: "checkpoint"; checkpoint: Checkpoint }
  | { kind: "shape"; config: LlamaConfig; format: WeightFormat };

/** Enough weights that they come from memory, as those of the whole model will. */
const sliceBytes = 160e6;
/** A single layer may be larger than the slice; beyond this it takes too long to read. */
const maxLayerBytes = 1e9;
const promptTokens = 256;
/** Position of the token whose generation is timed. */
const position = 40;
const vocabularyMultiple = 64;

/** Null when one layer alone is too much to measure. */
export async function predictSpeed(
  backend: Backend,
  source: SliceSource,
  { kv: dtype, mode }: { kv: KvDtype; mode: Mode },
): Promise<PredictedSpeed | null> {
  const { llamaProgram } = await import("@llamero/core");
  const { KV_BLOCK, neutralSampling } = await import("@llamero/kernels");
  const { config } = source.kind === "checkpoint" ? source.checkpoint : source;
  const total = config.numHiddenLayers;
  const layerBytes = bytesOf(backend, source, config) / total;
  if (layerBytes > maxLayerBytes) return null;
  const measured = Math.min(total, Math.max(1, Math.round(sliceBytes / layerBytes)));
  const share = measured / total;
  const vocabSize = Math.min(
    config.vocabSize,
    Math.max(1, Math.round((config.vocabSize * share) / vocabularyMultiple)) * vocabularyMultiple,
  );
  const ropeLayout = source.kind === "checkpoint" ? source.checkpoint.ropeLayout : "halves";
  const program = llamaProgram({ ...config, numHiddenLayers: measured, vocabSize }, ropeLayout);
  const weights = [];
  const blocks = Math.ceil(promptTokens / KV_BLOCK);
  const kv = backend.createKv({
    layers: measured,
    kvHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    blocks,
    dtype,
  });
  try {
    for (const { name, rows, cols } of program.weights) {
      // Layers from all over the model: files store some of them in larger formats.
      const stored = name.replace(/^model\.layers\.(\d+)\./, (_, layer: string) => {
        return `model.layers.${Math.floor((Number(layer) + 0.5) / share)}.`;
      });
      weights.push(backend.createWeight(await weightOf(source, stored, { rows, cols })));
    }
    const options = { weights, kv, maxRows: promptTokens, maxOutputs: 1, mode };
    await using executable = backend.compile(program, options);
    const table = Int32Array.from({ length: blocks }, (_, index) => index);
    const timeStep = async (rowCount: number, at: number): Promise<number> => {
      const started = performance.now();
      await executable.run({
        tokens: Int32Array.from({ length: rowCount }, (_, index) => index % vocabSize),
        sequences: [{ rowStart: 0, rowCount, position: at, blocks: table }],
        outputRows: Int32Array.of(rowCount - 1),
      });
      executable.sample("logits", [{ row: 0, params: { ...neutralSampling, temperature: 0 } }]);
      return performance.now() - started;
    };
    const promptMs = await medianTime(() => timeStep(promptTokens, 0), 2, 700);
    const tokenMs = await medianTime(() => timeStep(1, position), 3, 500);
    return {
      generationTokensPerSecond: (1000 * share) / tokenMs,
      promptTokensPerSecond: (1000 * promptTokens * share) / promptMs,
      promptTokens,
      layers: { measured, total },
    };
  } finally {
    for (const weight of weights) backend.freeWeight(weight);
    backend.freeKv(kv);
  }
}

/** The speed of a larger or smaller model of the same format: generation goes with bytes, prompts with operations. */
export function scaleSpeed(
  speed: PredictedSpeed,
  ratio: { bytes: number; operations: number },
): PredictedSpeed {
  return {
    ...speed,
    generationTokensPerSecond: speed.generationTokensPerSecond / ratio.bytes,
    promptTokensPerSecond: speed.promptTokensPerSecond / ratio.operations,
  };
}

/** Median of runs for a while, after one that does not count; at least `minRuns`. */
async function medianTime(
  run: () => Promise<number>,
  minRuns: number,
  milliseconds: number,
): Promise<number> {
  const warmUp = await run();
  // A slow backend gets no second try.
  if (warmUp > 2 * milliseconds) return warmUp;
  const times: number[] = [];
  for (let spent = 0; spent < milliseconds || times.length < minRuns; ) {
    const time = await run();
    times.push(time);
    spent += time;
  }
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)]!;
}

/** Packed bytes of all layers. */
function bytesOf(backend: Backend, source: SliceSource, config: LlamaConfig): number {
  if (source.kind === "checkpoint") {
    let total = 0;
    for (const { name, shape, format } of source.checkpoint.tensors.values()) {
      if (!name.startsWith("model.layers.")) continue;
      const cols = shape.at(-1)!;
      total += backend.packedBytes(format, shape.length > 1 ? shape[0]! : 1, cols);
    }
    return total;
  }
  const { hiddenSize: D, intermediateSize: F, headDim } = config;
  const heads = config.numAttentionHeads + 2 * config.numKeyValueHeads;
  const rows = heads * headDim + D + 3 * F;
  return config.numHiddenLayers * backend.packedBytes(source.format, rows, D);
}

async function weightOf(
  source: SliceSource,
  name: string,
  { rows, cols }: { rows: number; cols: number },
): Promise<WeightSpec> {
  if (source.kind === "shape") {
    const format = rows === 1 ? "f32" : source.format;
    const bytes = await randomWeights(format, rows, cols);
    return { name, format, rows, cols, data: { kind: "bytes", bytes } };
  }
  return firstRows(source.checkpoint.tensors.get(name)!, { rows, cols });
}

/** The first rows of a stored tensor: all of a layer's, a part of the vocabulary's. */
async function firstRows(
  tensor: TensorInfo,
  { rows, cols }: { rows: number; cols: number },
): Promise<WeightSpec> {
  const { tensorPieces, tensorSizeBytes, toTensorData } = await import("@llamero/core");
  const { rowBytes } = await import("@llamero/kernels");
  const { name, format, rowScale } = tensor;
  const sizeBytes = rows * rowBytes(format, cols);
  const data =
    tensorSizeBytes(tensor.data) === sizeBytes
      ? toTensorData(tensor.data)
      : ({ kind: "bytes", bytes: tensorPieces(tensor.data, sizeBytes).next().value! } as const);
  const spec = { name, format, rows, cols, data };
  return rowScale === undefined ? spec : { ...spec, rowScale: rowScale.subarray(0, rows) };
}
