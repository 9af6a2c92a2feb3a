import { inferShapes, lastUses, numRows, type Program, type ValueId } from "@llamero/kernels";

/** Bytes of the f32 values alive at once, at most: what one arena with offsets by liveness needs. */
export function scratchBytes(program: Program, bounds: { maxRows: number; maxOutputs: number }): number {
  const sizes = { rows: bounds.maxRows, outputs: bounds.maxOutputs };
  const elements = inferShapes(program).map(([dim, cols], id) =>
    // The value of writeKv is its operand.
    program.ops[id]!.op === "writeKv" ? 0 : numRows(dim, sizes) * cols,
  );
  const expiring: ValueId[][] = Array.from({ length: program.ops.length + 1 }, () => []);
  for (const [id, last] of lastUses(program).entries()) expiring[last]!.push(id);
  let live = 0;
  let peak = 0;
  for (let id = 0; id < elements.length; id++) {
    live += elements[id]!;
    peak = Math.max(peak, live);
    for (const value of expiring[id]!) live -= elements[value]!;
  }
  return peak * 4;
}
