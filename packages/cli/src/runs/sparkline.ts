const blocks = "▁▂▃▄▅▆▇█";

/** A curve as one line of text: the mean of each part, by the height of a block; blank where nothing is known. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const columns = Math.min(width, values.length);
  const means: (number | null)[] = [];
  for (let column = 0; column < columns; column++) {
    const part = values
      .slice(
        Math.floor((column * values.length) / columns),
        Math.floor(((column + 1) * values.length) / columns),
      )
      .filter((value) => value !== null);
    means.push(part.length === 0 ? null : part.reduce((sum, value) => sum + value, 0) / part.length);
  }
  const known = means.filter((mean) => mean !== null);
  const least = Math.min(...known);
  const span = Math.max(...known) - least;
  return means
    .map((mean) => {
      if (mean === null) return " ";
      const height = span === 0 ? 3 : Math.min(7, Math.floor(((mean - least) / span) * 8));
      return blocks[height]!;
    })
    .join("");
}
