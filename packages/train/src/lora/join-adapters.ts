import type { AdapterSpec, AdapterTarget } from "@llamero/kernels";

/**
 * One adapter that does what several do together: their ranks side by side, B1 A1 + B2 A2 = [B1 B2] [A1; A2], each
 * scaled. All matrices get the same rank, as files of adapters want it; what an adapter leaves alone is 0 there.
 */
export function joinAdapters(name: string, adapters: readonly AdapterSpec[]): AdapterSpec {
  const ranks = adapters.map(({ targets }) => Math.max(...targets.map(({ rank }) => rank)));
  const rank = ranks.reduce((sum, each) => sum + each, 0);
  const names = [...new Set(adapters.flatMap(({ targets }) => targets.map(({ target }) => target)))];
  const targets = names.map((target): AdapterTarget => {
    const parts = adapters.map(({ targets: all }) => all.find((each) => each.target === target));
    const { rows, cols } = parts.find((each) => each !== undefined)!;
    const a = new Float32Array(rank * cols);
    const b = new Float32Array(rows * rank);
    let from = 0;
    for (const [index, part] of parts.entries()) {
      if (part !== undefined) {
        if (part.rows !== rows || part.cols !== cols)
          throw new RangeError(`The adapters of ${name} have ${target} in different shapes`);
        a.set(part.a, from * cols);
        for (let row = 0; row < rows; row++)
          for (let r = 0; r < part.rank; r++)
            b[row * rank + from + r] = part.scale * part.b[row * part.rank + r]!;
      }
      from += ranks[index]!;
    }
    return { target, rank, rows, cols, a, b, scale: 1 };
  });
  return { name, targets };
}
