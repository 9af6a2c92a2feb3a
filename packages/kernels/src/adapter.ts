import type { AdapterSpec, AdapterTarget, Program, Shape } from "./kernels.ts";

/** Largest rank of an adapter; kernels keep A x of some rows on their stack. */
export const MAX_RANK = 1024;

/** Throws RangeError naming the adapter and the target when a matrix has not the size that the spec says. */
export function checkAdapter({ name, targets }: AdapterSpec): void {
  const seen = new Set<string>();
  for (const { target, rank, rows, cols, a, b, scale } of targets) {
    const fail = (reason: string): never => {
      throw new RangeError(`Adapter ${name}, target ${target}: ${reason}`);
    };
    if (seen.has(target)) fail("is given twice");
    seen.add(target);
    if (!(Number.isInteger(rank) && rank >= 1 && rank <= MAX_RANK))
      fail(`rank ${rank} is not 1 to ${MAX_RANK}`);
    if (!(rows > 0 && cols > 0)) fail(`[${rows}, ${cols}] is no matrix`);
    if (a.length !== rank * cols) fail(`A has ${a.length} values; [${rank}, ${cols}] needs ${rank * cols}`);
    if (b.length !== rows * rank) fail(`B has ${b.length} values; [${rows}, ${rank}] needs ${rows * rank}`);
    if (!Number.isFinite(scale)) fail(`scale ${scale} is not finite`);
  }
}

/** Bytes of an adapter's matrices in f32. */
export function adapterBytes({ targets }: AdapterSpec): number {
  return targets.reduce((sum, { a, b }) => sum + (a.length + b.length) * 4, 0);
}

/** Checks once per adapter whether a program has a `loraAdd` of the right shape for each of its targets. */
export class AdapterFit {
  readonly #shapes = new Map<string, { rows: number; cols: number }>();
  readonly #checked = new WeakSet<AdapterSpec>();

  constructor(program: Program, shapes: readonly Shape[]) {
    for (const [index, op] of program.ops.entries()) {
      if (op.op === "loraAdd")
        this.#shapes.set(op.target, { rows: shapes[index]![1], cols: shapes[op.x]![1] });
    }
  }

  check(adapter: AdapterSpec): void {
    if (this.#checked.has(adapter)) return;
    for (const each of adapter.targets) this.#checkTarget(adapter.name, each);
    this.#checked.add(adapter);
  }

  #checkTarget(name: string, { target, rows, cols }: AdapterTarget): void {
    const wanted = this.#shapes.get(target);
    if (wanted === undefined)
      throw new RangeError(`Adapter ${name} changes ${target}, which the program has no loraAdd for`);
    if (rows !== wanted.rows || cols !== wanted.cols)
      throw new RangeError(
        `Adapter ${name} changes ${target} as [${rows}, ${cols}]; the program has [${wanted.rows}, ${wanted.cols}]`,
      );
  }
}
