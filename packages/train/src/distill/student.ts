import { renameSync, rmSync } from "node:fs";
import { type Checkpoint, convertModel, type LlamaConfig } from "@llamero/core";
import { checkpointFromParams, paramsFromCheckpoint, randomParams } from "../session/model-params.ts";
import type { ModelParams } from "../session/session.ts";

/** A student that is made from its teacher's tokenizer; null keeps the teacher's number. */
export interface StudentShape {
  layers: number | null;
  hiddenSize: number | null;
  intermediateSize: number | null;
  heads: number | null;
  kvHeads: number | null;
  /** `teacher` copies layers of the teacher, evenly spread, and everything around them; `random` draws weights. */
  init: "teacher" | "random";
}

/** The shape in full. Throws RangeError where the numbers do not fit together. */
export function studentConfig(teacher: LlamaConfig, shape: StudentShape): LlamaConfig {
  const hiddenSize = shape.hiddenSize ?? teacher.hiddenSize;
  const numAttentionHeads = shape.heads ?? Math.max(1, Math.round(hiddenSize / teacher.headDim));
  const grouped = Math.max(
    1,
    Math.round((numAttentionHeads * teacher.numKeyValueHeads) / teacher.numAttentionHeads),
  );
  const numKeyValueHeads = shape.kvHeads ?? nearestDivisor(numAttentionHeads, grouped);
  const ratio = teacher.intermediateSize / teacher.hiddenSize;
  const config: LlamaConfig = {
    ...teacher,
    numHiddenLayers: shape.layers ?? teacher.numHiddenLayers,
    hiddenSize,
    numAttentionHeads,
    numKeyValueHeads,
    headDim: hiddenSize / numAttentionHeads,
    intermediateSize: shape.intermediateSize ?? 32 * Math.max(1, Math.round((hiddenSize * ratio) / 32)),
  };
  if (!Number.isInteger(config.headDim) || config.headDim % 2 !== 0)
    throw new RangeError(
      `A width of ${hiddenSize} cannot be cut into ${numAttentionHeads} heads of even size`,
    );
  if (numAttentionHeads % numKeyValueHeads !== 0)
    throw new RangeError(`${numAttentionHeads} heads cannot share ${numKeyValueHeads} key-value heads`);
  if (shape.init === "teacher") refuseOtherWidth(teacher, config);
  return config;
}

function nearestDivisor(of: number, wanted: number): number {
  for (let count = wanted; count > 1; count--) if (of % count === 0) return count;
  return 1;
}

function refuseOtherWidth(teacher: LlamaConfig, student: LlamaConfig): void {
  const names = ["hiddenSize", "intermediateSize", "numAttentionHeads", "numKeyValueHeads"] as const;
  for (const name of names)
    if (teacher[name] !== student[name])
      throw new RangeError(
        `Layers of the teacher cannot be copied to a ${name} of ${student[name]} instead of ${teacher[name]}; say student.init=random`,
      );
  if (student.numHiddenLayers > teacher.numHiddenLayers)
    throw new RangeError(
      `The teacher has ${teacher.numHiddenLayers} layers, not the ${student.numHiddenLayers} of the student; say student.init=random`,
    );
}

/** Layers that are kept: evenly spread, the first and the last among them. */
export function keptLayers(total: number, count: number): number[] {
  if (count === 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (total - 1)) / (count - 1)));
}

/** First weights of a student. */
export function studentParams(teacher: Checkpoint, shape: StudentShape, seed: number): ModelParams {
  const config = studentConfig(teacher.config, shape);
  if (shape.init === "random") return randomParams(config, seed);
  const { values, ropeLayout } = paramsFromCheckpoint(teacher);
  const layers = keptLayers(teacher.config.numHiddenLayers, config.numHiddenLayers);
  const own = new Map<string, Float32Array>();
  for (const [name, value] of values) {
    const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
    if (layer === undefined) own.set(name, value);
    else {
      const place = layers.indexOf(Number(layer));
      if (place >= 0) own.set(name.replace(`layers.${layer}.`, `layers.${place}.`), value);
    }
  }
  return { config, ropeLayout, values: own };
}

/** Writes an untrained student with its teacher's tokenizer and chat template as a Hugging Face folder. */
export async function writeStudent(
  path: string,
  teacher: Checkpoint,
  shape: StudentShape,
  options: { name: string; seed: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const { name, seed, signal } = options;
  const { tokenizer, chatTemplate, bosTokenId, eosTokenIds } = teacher;
  const license = teacher.metadata["general.license"];
  const checkpoint = checkpointFromParams(studentParams(teacher, shape, seed), {
    name,
    tokenizer,
    chatTemplate,
    bosTokenId,
    eosTokenIds,
    // Copied layers are under the teacher's license.
    metadata: license === undefined || shape.init === "random" ? {} : { "general.license": license },
  });
  const partial = `${path}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await convertModel(checkpoint, partial, { container: "safetensors", format: "f32", signal });
  renameSync(partial, path);
}
