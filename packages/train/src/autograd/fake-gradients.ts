import {
  createReferenceTraining,
  type ParamBuffers,
  type TrainBatch,
  type TrainProgram,
  uniform,
} from "@llamero/kernels";

/** Numbers between -scale and scale, the same for the same stream. */
export function randomValues(stream: number, count: number, scale: number, middle = 0): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => middle + (2 * uniform(7, stream, i) - 1) * scale);
}

/** Random memory of every parameter; vectors lie around 1. */
export function randomBuffers(program: TrainProgram, scale: number): ParamBuffers[] {
  return program.params.map(({ rows, cols, trainable }, slot) => ({
    value: randomValues(slot, rows * cols, scale, rows === 1 ? 1 : 0),
    gradient: trainable ? new Float32Array(rows * cols) : null,
  }));
}

export interface GradientDifference {
  /** The parameter, and the direction it was changed in. */
  name: string;
  /** Derivative along the direction, by differences and by the backward part. */
  measured: number;
  computed: number;
}

/**
 * Derivatives of sum(seed * output) along two directions of every trainable parameter: that of its gradient, where the
 * derivative is the gradient's norm, and a random one.
 */
export async function compareGradients(
  program: TrainProgram,
  batch: TrainBatch,
  options: { scale: number; step?: number },
): Promise<GradientDifference[]> {
  const { scale, step = 1e-2 } = options;
  await using backend = createReferenceTraining();
  const buffers = randomBuffers(program, scale);
  const sizes = { maxRows: batch.tokens.length, maxOutputs: batch.outputRows.length };
  const executable = backend.compile(program, { params: buffers, ...sizes, products: "f32" });
  const [output] = Object.keys(program.outputs) as [string];
  await executable.forward(batch);
  const seed = randomValues(99, executable.read(output).length, 1);
  await executable.backward({ [output]: seed });
  const loss = async (): Promise<number> => {
    await executable.forward(batch);
    return executable.read(output).reduce((sum, value, i) => sum + value * seed[i]!, 0);
  };
  const differences: GradientDifference[] = [];
  for (const [slot, { value, gradient }] of buffers.entries()) {
    if (gradient === null) continue;
    const { name } = program.params[slot]!;
    const norm = Math.hypot(...gradient);
    const random = randomValues(50 + slot, value.length, 1);
    const randomNorm = Math.hypot(...random);
    const directions = {
      gradient: gradient.map((each) => each / (norm || 1)),
      random: random.map((each) => each / randomNorm),
    };
    for (const [kind, direction] of Object.entries(directions)) {
      const start = value.slice();
      const at = async (distance: number): Promise<number> => {
        for (let i = 0; i < value.length; i++) value[i] = start[i]! + distance * direction[i]!;
        return loss();
      };
      const near = (await at(step)) - (await at(-step));
      const far = (await at(2 * step)) - (await at(-2 * step));
      const measured = (8 * near - far) / (12 * step);
      value.set(start);
      const computed = gradient.reduce((sum, each, i) => sum + each * direction[i]!, 0);
      differences.push({ name: `${name} along ${kind}`, measured, computed });
    }
  }
  return differences;
}

/** Three sequences of different lengths, with some rows masked; `S` targets per output row. */
export function packedBatch(vocabulary: number, perRow = 1): TrainBatch {
  const lengths = [5, 1, 4];
  const starts = [0, 5, 6];
  const rows = 10;
  const outputRows = Int32Array.of(1, 2, 4, 5, 8, 9);
  const targets = outputRows.length * perRow;
  const probabilities = randomValues(3, targets, 0.4, 0.5);
  return {
    tokens: Int32Array.from({ length: rows }, (_, i) => (i * 7 + 3) % vocabulary),
    positions: Int32Array.from(lengths.flatMap((length) => Array.from({ length }, (_, i) => i))),
    starts: Int32Array.from(starts),
    outputRows,
    targetIds: Int32Array.from({ length: targets }, (_, i) => (i * 5 + 1) % vocabulary),
    targetProbs: perRow === 1 ? new Float32Array(targets).fill(1) : probabilities,
  };
}
