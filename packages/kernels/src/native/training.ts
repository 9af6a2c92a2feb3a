import { availableParallelism } from "node:os";
import type {
  AdamWArguments,
  ProductFormat,
  TrainBackend,
  TrainCompileOptions,
  TrainExecutable,
  TrainProgram,
} from "../training/training.ts";
import { type InstructionSet, nativeInstructionSets } from "./backend.ts";
import { loadNative, type NativeBinding } from "./binding.ts";
import { NativeTrainExecutable } from "./train-executable.ts";

export interface NativeTrainingOptions {
  /** Default: the fastest this processor has. */
  instructionSet?: InstructionSet;
  /** Default: one per core. */
  threads?: number;
}

/** A `TrainBackend` in native code. */
export interface NativeTraining extends TrainBackend {
  /** What matrix products really use when `bf16` is asked for: `f32` where the processor gains nothing by it. */
  readonly bf16Products: ProductFormat;
}

class Training implements NativeTraining {
  readonly name: string;
  readonly threads: number;
  readonly bf16Products: ProductFormat;
  readonly #native: NativeBinding;
  readonly #id: number;
  readonly #executables = new Set<NativeTrainExecutable>();
  #open = true;

  constructor(native: NativeBinding, instructionSet: InstructionSet, threads: number) {
    this.#native = native;
    this.name = instructionSet;
    this.threads = threads;
    this.#id = native.trainOpen(instructionSet, threads);
    this.bf16Products = native.trainHasBf16(this.#id) === 1 ? "bf16" : "f32";
  }

  compile(program: TrainProgram, options: TrainCompileOptions): TrainExecutable {
    this.#assertOpen();
    const executable = new NativeTrainExecutable(this.#native, this.#id, program, options, () =>
      this.#executables.delete(executable),
    );
    this.#executables.add(executable);
    return executable;
  }

  adamw(update: AdamWArguments): void {
    this.#assertOpen();
    const { value, gradient, moment1, moment2, step } = update;
    const sizes = [gradient.length, moment1.length, moment2.length];
    if (sizes.some((size) => size !== value.length))
      throw new RangeError(
        `AdamW of ${value.length} values got gradient and moments of ${sizes.join(", ")}; all must agree`,
      );
    if (!(Number.isInteger(step) && step >= 1)) throw new RangeError(`AdamW step is ${step}; the first is 1`);
    const { learningRate, beta1, beta2, eps, weightDecay, gradientScale } = update;
    const numbers = Float64Array.of(learningRate, beta1, beta2, eps, weightDecay, step, gradientScale);
    this.#native.trainAdamw(this.#id, value, gradient, moment1, moment2, numbers);
  }

  sumOfSquares(values: Float32Array): number {
    this.#assertOpen();
    return this.#native.trainSumOfSquares(this.#id, values);
  }

  #assertOpen(): void {
    if (!this.#open) throw new TypeError("Training backend is disposed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    for (const executable of [...this.#executables]) await executable[Symbol.asyncDispose]();
    this.#native.trainClose(this.#id);
  }
}

/** Training kernels in native code on an instruction set of this processor. Throws when there is no addon. */
export function createNativeTraining(options: NativeTrainingOptions = {}): NativeTraining {
  const native = loadNative();
  const [fastest] = nativeInstructionSets();
  const instructionSet = options.instructionSet ?? fastest ?? "generic";
  return new Training(native, instructionSet, options.threads ?? availableParallelism());
}
