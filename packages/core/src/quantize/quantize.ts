import { createHash } from "node:crypto";
import type { Backend, Mode } from "@llamero/kernels";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { ggufContents } from "../formats/gguf-export.ts";
import type { WriteGgufOptions } from "../formats/gguf-writer.ts";
import { ggufSizeBytes, ggufSteps, rewriteGgufHeader } from "../formats/gguf-writer.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import type { LogitCost } from "./compare-logits.ts";
import { writeFp8Folder } from "./fp8-folder.ts";
import { measureCost } from "./measure-cost.ts";
import type { QuantizeProof, TaskDelta } from "./proof.ts";
import { proofMetadata } from "./proof.ts";
import { proofText } from "./proof-text.data.ts";
import { type QuantizeTargetName, quantizeTargets } from "./targets.ts";
import { chooseTensorFormats, type TensorFormats } from "./tensor-formats.ts";
import { runSteps, UnfinishedOutput } from "./unfinished-output.ts";

/** Scores of tasks, which packages above measure. */
export interface TaskMeasure {
  names: readonly string[];
  /** Score of each task by name, for a model file or folder. */
  measure(path: string): Promise<Readonly<Record<string, number>>>;
}

export interface QuantizeOptions {
  target: QuantizeTargetName;
  backend: Backend;
  /** Text that the loss is measured on; default a text of this package in eight languages. */
  text?: { name: string; content: string } | undefined;
  mode?: Mode | undefined;
  /** Share of perplexity that may be lost; default by target. */
  maxPerplexityCost?: number | undefined;
  /** Keep a file that lost more. */
  force?: boolean | undefined;
  /** Write without measuring; the file holds no proof. */
  unproven?: boolean | undefined;
  tasks?: TaskMeasure | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((stage: "write" | "measure", done: number, total: number) => void) | undefined;
}

export interface QuantizeResult {
  path: string;
  sizeBytes: number;
  /** Null when it was not measured. */
  proof: QuantizeProof | null;
  /** False when it lost too much and was removed. */
  isKept: boolean;
  /** Where formats differ from what the target says. */
  notes: readonly string[];
}

/** Values that a proof has before it is measured. */
const unmeasured: LogitCost = {
  tokens: 0,
  sourcePerplexity: Number.NaN,
  perplexity: Number.NaN,
  perplexityCost: Number.NaN,
  klMean: Number.NaN,
  klP99: Number.NaN,
  topOneAgreement: Number.NaN,
};

/** A model written under a temporary name, whose proof can be filled in. */
export interface WrittenModel {
  sizeBytes: number;
  fillIn(proof: QuantizeProof): void;
}

/** Writes the model with the proof's places, or without a proof where it is null. */
export type WriteModel = (
  source: Checkpoint,
  formats: TensorFormats,
  proof: QuantizeProof | null,
) => { neededBytes: number; steps(path: string): Iterable<number>; written(path: string): WrittenModel };

function ggufWriter(fileType: number): WriteModel {
  return (source, formats, proof) => {
    const contents = ggufContents(source, {
      formatOf: formats.of,
      metadata: [
        ["general.file_type", { type: "u32", value: fileType }],
        ...(proof === null ? [] : proofMetadata(proof)),
      ],
    });
    const withProof = (filled: QuantizeProof): WriteGgufOptions["metadata"] =>
      new Map([...contents.metadata, ...proofMetadata(filled)]);
    const neededBytes = ggufSizeBytes(contents);
    return {
      neededBytes,
      steps: (path) => ggufSteps(path, contents),
      written: (path) => ({
        sizeBytes: neededBytes,
        fillIn: (filled) => rewriteGgufHeader(path, contents, withProof(filled)),
      }),
    };
  };
}

function sourceFormats(source: Checkpoint): string {
  const matrices = [...source.tensors.values()].filter(({ shape }) => shape.length > 1);
  return [...new Set(matrices.map(({ format }) => format))].sort().join(" ");
}

/**
 * Writes a quantised copy of a model, measures what it lost against its source, and leaves the file only when that is
 * within the limit; the figures are in its metadata. Until then it has a temporary name. Throws RangeError when the
 * name is taken or the disk too full, AbortError when the signal fires.
 */
export async function quantizeModel(
  source: Checkpoint,
  final: string,
  options: QuantizeOptions,
): Promise<QuantizeResult> {
  const target = quantizeTargets[options.target];
  const text = options.text ?? proofText;
  const { signal, onProgress, tasks, mode = "exact" } = options;
  const maxPerplexityCost = options.maxPerplexityCost ?? target.maxPerplexityCost;
  const formats = chooseTensorFormats(source.tensors, source.config, target);
  const empty: QuantizeProof = {
    ...unmeasured,
    target: options.target,
    source: source.name,
    sourceSizeBytes: source.sizeBytes,
    sourceFormats: sourceFormats(source),
    text: text.name,
    textSha256: createHash("sha256").update(text.content).digest("hex"),
    mode,
    maxPerplexityCost,
    isWithinLimit: false,
    tasks: (tasks?.names ?? []).map((task) => ({ task, source: Number.NaN, score: Number.NaN })),
  };
  const write = target.container === "gguf" ? ggufWriter(target.fileType!) : writeFp8Folder;
  const writer = write(source, formats, options.unproven === true ? null : empty);
  using output = new UnfinishedOutput(final, writer.neededBytes);
  const onStep = (done: number): void => onProgress?.("write", done, writer.neededBytes);
  await runSteps(writer.steps(output.path), { signal, onStep });
  const written = writer.written(output.path);
  const result = { path: final, sizeBytes: written.sizeBytes, notes: formats.notes };
  if (options.unproven === true) {
    output.keep();
    return { ...result, proof: null, isKept: true };
  }
  const cost = await measureCost(source, openCheckpoint(output.path), {
    backend: options.backend,
    text: text.content,
    mode,
    signal,
    onProgress: (done, total) => onProgress?.("measure", done, total),
  });
  const deltas = tasks === undefined ? [] : await taskDeltas(tasks, source.path, output.path);
  signal?.throwIfAborted();
  // Not a number is not within any limit.
  const isWithinLimit = cost.perplexityCost <= maxPerplexityCost;
  const proof: QuantizeProof = { ...empty, ...cost, isWithinLimit, tasks: deltas };
  const isKept = isWithinLimit || options.force === true;
  if (isKept) {
    written.fillIn(proof);
    output.keep();
  }
  return { ...result, proof, isKept };
}

async function taskDeltas(tasks: TaskMeasure, source: string, quantized: string): Promise<TaskDelta[]> {
  const before = await tasks.measure(source);
  const after = await tasks.measure(quantized);
  return tasks.names.map((task) => ({ task, source: before[task]!, score: after[task]! }));
}
