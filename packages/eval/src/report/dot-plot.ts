import { escapeHtml } from "./escape.ts";

/** A figure with its interval in a plot. */
export interface Dot {
  /** Place of the model, which decides the colour. */
  series: number;
  label: string;
  value: number;
  interval: readonly [number, number] | null;
}

const rowHeight = 16;
const left = 300;
const width = 960;
const numColours = 6;

/** Dots with their 95 % intervals, a group of lines for each name. Inline SVG. */
export function dotPlot(rows: readonly { name: string; dots: readonly Dot[] }[]): string {
  const ends = rows.flatMap(({ dots }) => dots.flatMap(({ value, interval }) => interval ?? [value]));
  const isShare = ends.every((each) => each >= 0 && each <= 1);
  const low = isShare ? 0 : Math.min(0, ...ends);
  const high = isShare ? 1 : Math.max(...ends, low + 1e-9);
  const x = (value: number): string =>
    (left + ((value - low) / (high - low)) * (width - left - 60)).toFixed(1);
  const parts: string[] = [];
  let y = 24;
  for (const { name, dots } of rows) {
    parts.push(`<text x="${left - 12}" y="${y + 5}" text-anchor="end">${escapeHtml(shorten(name))}</text>`);
    for (const { series, label, value, interval } of dots) {
      const style = `s${series % numColours}`;
      const shown = figure(value);
      const between = interval === null ? "" : ` (${interval.map(figure).join(" to ")})`;
      const line =
        interval === null
          ? ""
          : `<line class="${style}" x1="${x(interval[0])}" y1="${y}" x2="${x(interval[1])}" y2="${y}"/>`;
      parts.push(
        `<g><title>${escapeHtml(`${name}, ${label}: ${shown}${between}`)}</title>${line}<circle class="${style}" cx="${x(value)}" cy="${y}" r="4.5"/></g>`,
        `<text class="soft" x="${width - 50}" y="${y + 5}">${shown}</text>`,
      );
      y += rowHeight;
    }
    y += 8;
  }
  const ticks = Array.from({ length: 6 }, (_, at) => low + ((high - low) * at) / 5);
  const grid = ticks
    .map(
      (tick) =>
        `<line x1="${x(tick)}" y1="10" x2="${x(tick)}" y2="${y}"/><text class="soft" x="${x(tick)}" y="${y + 16}" text-anchor="middle">${figure(tick, 2)}</text>`,
    )
    .join("");
  return `<svg viewBox="0 0 ${width} ${y + 24}" role="img" aria-label="Scores with intervals">${grid}${parts.join("")}</svg>`;
}

/** Four digits behind the point for shares, four in all for what is larger. */
export function figure(value: number, digits = 4): string {
  return Math.abs(value) < 10 ? value.toFixed(digits) : value.toPrecision(digits + 1);
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
