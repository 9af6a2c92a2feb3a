import type { ParamBuffers, TrainParam, TrainProgram } from "@llamero/kernels";
import { SCORE_WEIGHT } from "../autograd/training-forward.ts";
import { normals, uniforms } from "./normals.ts";
import type { ModelParams } from "./session.ts";

/** A parameter with its memory; gradient and moments where it is trained. */
export interface StoredParam extends ParamBuffers {
  param: TrainParam;
  moments: { first: Float32Array; second: Float32Array } | null;
  /** Whether AdamW decays it: matrices do, norms and other vectors do not. */
  decays: boolean;
}

const adapterPart = /\.lora_([AB])$/;

/** Whether a parameter is a matrix of an adapter. */
export function isAdapterParam(name: string): boolean {
  return adapterPart.test(name);
}

/** Values of what the model does not have: A as PEFT draws it, B zero, a reward model's head small. */
function drawAnew({ name, rows, cols }: TrainParam, slot: number, seed: number): Float32Array {
  const part = adapterPart.exec(name)?.[1];
  if (part === "A") return uniforms(seed, slot, rows * cols, 1 / Math.sqrt(cols));
  if (part === "B") return new Float32Array(rows * cols);
  if (name === SCORE_WEIGHT) return normals(seed, slot, rows * cols, 1 / Math.sqrt(cols + 1));
  throw new RangeError(`Model has no parameter ${name} [${rows}, ${cols}]`);
}

/** Memory of every parameter of a program. Trained values are copies; frozen ones are the arrays of the model. */
export function storeParams(program: TrainProgram, model: ModelParams, seed: number): StoredParam[] {
  return program.params.map((param, slot) => {
    const { name, rows, cols, trainable } = param;
    const size = rows * cols;
    const given = model.values.get(name);
    if (given !== undefined && given.length !== size) {
      throw new RangeError(
        `Parameter ${name} has ${given.length} values, but [${rows}, ${cols}] needs ${size}`,
      );
    }
    const value = given === undefined ? drawAnew(param, slot, seed) : trainable ? given.slice() : given;
    return {
      param,
      value,
      gradient: trainable ? new Float32Array(size) : null,
      moments: trainable ? { first: new Float32Array(size), second: new Float32Array(size) } : null,
      decays: rows > 1 || isAdapterParam(name),
    };
  });
}
