import type { TrainBackend } from "../training.ts";
import { adamw, sumOfSquares } from "./adamw.ts";
import { ReferenceTrainExecutable } from "./executable.ts";

/** The slow, readable training backend that others are checked against: f32 values, sums in f64, one thread. */
export function createReferenceTraining(): TrainBackend {
  const executables = new Set<ReferenceTrainExecutable>();
  let isDisposed = false;
  return {
    name: "reference",
    threads: 1,
    compile(program, options) {
      if (isDisposed) throw new TypeError("Training backend is disposed");
      const executable = new ReferenceTrainExecutable(program, options);
      executables.add(executable);
      return executable;
    },
    adamw,
    sumOfSquares,
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      for (const executable of executables) await executable[Symbol.asyncDispose]();
      executables.clear();
    },
  };
}
