/** Names and values that tell the series of a metric apart. */
export type Labels = Readonly<Record<string, string>>;

const escapeLabel = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

/** One line of a value in Prometheus text. */
export function sample(name: string, labels: Labels, value: number): string {
  return `${name}${labelText(labels)} ${Number.isFinite(value) ? value : "NaN"}`;
}

/** The lines of one metric, with what Prometheus wants before them; nothing without lines. */
export function metricText(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  lines: readonly string[],
): string {
  return lines.length === 0 ? "" : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("\n")}\n`;
}

/** Counts by labels, whose names are always the same and come in the same order. */
export class Counter {
  readonly #series = new Map<string, { labels: Labels; value: number }>();

  add(labels: Labels, amount = 1): void {
    const key = Object.values(labels).join("\0");
    const series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, { labels, value: amount });
    else series.value += amount;
  }

  get total(): number {
    return [...this.#series.values()].reduce((sum, { value }) => sum + value, 0);
  }

  lines(name: string): string[] {
    return [...this.#series.values()].map(({ labels, value }) => sample(name, labels, value));
  }
}

/** How many values were at most as large as each bound. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  record(value: number): void {
    const index = this.#bounds.findIndex((bound) => value <= bound);
    if (index !== -1) this.#counts[index]!++;
    this.#sum += value;
    this.#count++;
  }

  lines(name: string, labels: Labels): string[] {
    let sum = 0;
    const buckets = this.#bounds.map((bound, index) => {
      sum += this.#counts[index]!;
      return sample(`${name}_bucket`, { ...labels, le: String(bound) }, sum);
    });
    return [
      ...buckets,
      sample(`${name}_bucket`, { ...labels, le: "+Inf" }, this.#count),
      sample(`${name}_sum`, labels, this.#sum),
      sample(`${name}_count`, labels, this.#count),
    ];
  }
}
