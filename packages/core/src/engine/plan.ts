import {
  type Backend,
  KV_BLOCK,
  type KvDtype,
  type KvSpec,
  type Program,
  rowBytes,
  type WeightFormat,
} from "@llamero/kernels";
import type { LlamaConfig } from "../models/config.ts";
import { llamaProgram } from "../models/llama.ts";
import { countParameters } from "../models/shapes.ts";
import { blocksFor } from "./block-manager.ts";
import { InsufficientMemoryError } from "./errors.ts";
import { variantLimits } from "./program-variants.ts";
import type { ScheduleLimits } from "./scheduler.ts";
import { scratchBytes } from "./scratch.ts";

/** What decides how much memory a model takes. */
export interface PlanOptions {
  /** Tokens of one sequence at most; default the model's own limit, but no more than 8,192. */
  context?: number;
  kvDtype?: KvDtype;
  /** Sequences that run at once; default 16. */
  batch?: number;
  /** Tokens in the KV pool, shared by all sequences; default one full context and 512 for each further sequence. */
  kvTokens?: number;
  /** Rows of a step; default 512. */
  maxRows?: number;
}

/** Bytes a model takes, before anything is allocated, and the limits they follow from. */
export interface ModelPlan {
  numParameters: number;
  contextLimit: number;
  kv: KvSpec;
  kvBytesPerToken: number;
  limits: ScheduleLimits;
  weightBytes: number;
  kvBytes: number;
  scratchBytes: number;
  /** Of the adapters that are loaded with the model. */
  adapterBytes: number;
  /** Scratch of the programs that are compiled when a step first has an adapter or an embedding; not in the total. */
  variantBytes: number;
  totalBytes: number;
}

/** A further program over the same weights, as `ProgramVariants` compiles it. */
export interface PlannedVariant {
  program: Program;
  head: boolean;
}

/** How a plan sizes things: a backend's packed forms, or by default the bytes that files store. */
export type PlanSizes = Pick<Backend, "packedBytes" | "kvBytes">;

const defaultContext = 8192;
const tokensPerFurtherSequence = 512;

/** Formats that take the place of one whose blocks do not divide a row, as llama.cpp's quantizer does. */
const fallbacks: Partial<Readonly<Record<WeightFormat, WeightFormat>>> = {
  q4_k: "q5_0",
  q5_k: "q5_1",
  q6_k: "q8_0",
};

/** Sizes as files store weights, with KV in f16 or in int8 with one f32 scale per head and token. */
export const storedSizes: PlanSizes = {
  packedBytes: (format, rows, cols) => rows * rowBytes(format, cols),
  kvBytes: ({ layers, kvHeads, headDim, blocks, dtype }) =>
    2 * layers * kvHeads * blocks * KV_BLOCK * (dtype === "f16" ? 2 * headDim : headDim + 4),
};

/** Format of a weight of a shape without a file: vectors stay f32, rows that blocks do not divide fall back. */
function formatOf(wanted: WeightFormat, { rows, cols }: { rows: number; cols: number }): WeightFormat {
  if (rows === 1) return "f32";
  return cols % 256 === 0 ? wanted : (fallbacks[wanted] ?? wanted);
}

function checkCount(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new RangeError(`${name} is ${value}; it must be an integer from 1 to ${max}`);
}

function planLimits(
  config: LlamaConfig,
  options: PlanOptions,
): { contextLimit: number; limits: ScheduleLimits; kvTokens: number } {
  const longest = config.maxPositionEmbeddings;
  const { context: contextLimit = Math.min(longest, defaultContext), batch: maxBatch = 16 } = options;
  checkCount("context", contextLimit, longest);
  checkCount("batch", maxBatch, 4096);
  const furtherTokens = Math.min(contextLimit, tokensPerFurtherSequence);
  const { maxRows = Math.max(512, maxBatch), kvTokens = contextLimit + (maxBatch - 1) * furtherTokens } =
    options;
  checkCount("maxRows", maxRows, 2 ** 16);
  if (maxRows < maxBatch) {
    throw new RangeError(`maxRows is ${maxRows}; it must be at least the batch of ${maxBatch}`);
  }
  if (kvTokens < contextLimit) {
    throw new RangeError(`kvTokens is ${kvTokens}; it must be at least the context of ${contextLimit}`);
  }
  const limits = {
    maxBatch,
    maxRows,
    maxOutputs: Math.min(maxRows, Math.max(maxBatch, 32)),
    maxPrefillRowsBesideDecode: 64,
    queueLimit: 256,
  };
  return { contextLimit, limits, kvTokens };
}

/**
 * Memory of a model of this shape. `formats` is the stored format of each tensor by name, or one for all of a shape
 * that has no file.
 */
export function planModel(
  config: LlamaConfig,
  formats: WeightFormat | ReadonlyMap<string, { format: WeightFormat }>,
  options: PlanOptions & {
    sizes?: PlanSizes;
    program?: Program;
    adapterBytes?: number;
    variants?: readonly PlannedVariant[];
  } = {},
): ModelPlan {
  const { adapterBytes = 0, variants = [] } = options;
  const { sizes = storedSizes, kvDtype = "f16", program = llamaProgram(config, "halves") } = options;
  const { contextLimit, limits, kvTokens } = planLimits(config, options);
  const { numHiddenLayers: layers, numKeyValueHeads: kvHeads, headDim } = config;
  const kv: KvSpec = { layers, kvHeads, headDim, blocks: blocksFor(kvTokens), dtype: kvDtype };
  let weightBytes = 0;
  for (const weight of program.weights) {
    const format = typeof formats === "string" ? formatOf(formats, weight) : formats.get(weight.name)?.format;
    if (format === undefined) {
      throw new RangeError(
        `Tensor ${weight.name} is missing; the file is incomplete or of another architecture`,
      );
    }
    weightBytes += sizes.packedBytes(format, weight.rows, weight.cols);
  }
  const kvBytes = sizes.kvBytes(kv);
  const scratch = scratchBytes(program, limits);
  return {
    numParameters: countParameters(config),
    contextLimit,
    kv,
    kvBytesPerToken: kvBytes / (kv.blocks * KV_BLOCK),
    limits,
    weightBytes,
    kvBytes,
    scratchBytes: scratch,
    adapterBytes,
    variantBytes: variants.reduce(
      (sum, { program, head }) => sum + scratchBytes(program, variantLimits(limits, head)),
      0,
    ),
    totalBytes: weightBytes + kvBytes + scratch + adapterBytes,
  };
}

const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** Throws InsufficientMemoryError, with every number, when the plan does not fit. */
export function admit(plan: ModelPlan, availableBytes: number): void {
  const neededBytes = plan.totalBytes + plan.variantBytes;
  if (neededBytes <= availableBytes) return;
  throw new InsufficientMemoryError(
    `Model needs ${gib(neededBytes)} (weights ${gib(plan.weightBytes)}, KV ${gib(plan.kvBytes)} for ` +
      `${plan.kv.blocks * KV_BLOCK} tokens, scratch ${gib(plan.scratchBytes + plan.variantBytes)}` +
      `${plan.adapterBytes > 0 ? `, adapters ${gib(plan.adapterBytes)}` : ""}) but ${gib(availableBytes)} is ` +
      "available; choose a smaller context or batch, int8 KV or a smaller model, or allow overcommit",
    { neededBytes, availableBytes },
  );
}
