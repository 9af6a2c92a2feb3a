import type { Backend, Mode, Program, Step } from "../kernels.ts";
import { inferShapes, numRows } from "../program.ts";
import type { CaseData } from "./case.ts";

/** Output `y` of every step, run one after the other on fresh weights and KV pool, which are freed again. */
export async function runCase(
  backend: Backend,
  { program, weights, kv, steps, adapters = [] }: CaseData,
  mode: Mode,
): Promise<Float32Array[]> {
  const handles = weights.map((spec) => backend.createWeight(spec));
  const adapterHandles = adapters.map((spec) => backend.createAdapter(spec));
  const withHandles = (step: Step): Step => ({
    ...step,
    sequences: step.sequences.map((each) =>
      each.adapter === undefined ? each : { ...each, adapter: adapterHandles[each.adapter - 1]! },
    ),
  });
  const pool = kv === null ? null : backend.createKv(kv);
  const executable = backend.compile(program, {
    weights: handles,
    kv: pool,
    maxRows: Math.max(...steps.map(({ tokens }) => tokens.length)),
    maxOutputs: Math.max(1, ...steps.map(({ outputRows }) => outputRows.length)),
    mode,
  });
  const [dim] = inferShapes(program)[program.outputs["y"]!]!;
  try {
    const results: Float32Array[] = [];
    for (const step of steps) {
      await executable.run(withHandles(step));
      const sizes = { rows: step.tokens.length, outputs: step.outputRows.length };
      results.push(executable.read("y", 0, numRows(dim, sizes)));
    }
    return results;
  } finally {
    await executable[Symbol.asyncDispose]();
    if (pool !== null) backend.freeKv(pool);
    for (const handle of adapterHandles) backend.freeAdapter(handle);
    for (const handle of handles) backend.freeWeight(handle);
  }
}

/** The rows of a step as steps of one row each. */
export function splitStep(program: Program, step: Step): Step[] {
  const slice = (name: string, values: Float32Array, row: number): Float32Array => {
    const op = program.ops.find((candidate) => candidate.op === "input" && candidate.name === name);
    if (op?.op !== "input" || op.shape[0] !== "rows") return values;
    return values.slice(row * op.shape[1], (row + 1) * op.shape[1]);
  };
  return step.sequences.flatMap(({ rowStart, rowCount, position, blocks, adapter }) =>
    Array.from({ length: rowCount }, (_, i): Step => {
      const row = rowStart + i;
      const inputs = Object.entries(step.inputs ?? {}).map(
        ([name, x]) => [name, slice(name, x, row)] as const,
      );
      return {
        tokens: step.tokens.slice(row, row + 1),
        sequences: [
          {
            rowStart: 0,
            rowCount: 1,
            position: position + i,
            blocks,
            ...(adapter !== undefined && { adapter }),
          },
        ],
        outputRows: new Int32Array(step.outputRows.includes(row) ? 1 : 0),
        inputs: Object.fromEntries(inputs),
      };
    }),
  );
}
