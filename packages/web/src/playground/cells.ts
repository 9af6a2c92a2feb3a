const maxCells = 240;

/** Cells that stand for blocks, and how many of them are full: at most 240, each of several blocks where there are more. */
export function toCells(used: number, all: number): { cells: number; full: number } {
  const cells = Math.min(all, maxCells);
  return { cells, full: used === 0 ? 0 : Math.min(cells, Math.max(1, Math.round((used / all) * cells))) };
}
