/** Weight of the newest sample. */
const weight = 0.25;
/** What a sample says beyond this multiple of what is known is about something else that the machine did. */
const outlier = 3;
/** After so many samples of other counts an entry counts for nothing. */
const maxAge = 512;

/** Small counts have an entry each, larger ones share one with their neighbours. */
function entryOf(count: number): number {
  if (count <= 8) return count;
  const grain = 2 ** (Math.floor(Math.log2(count)) - 2);
  return Math.round(count / grain) * grain;
}

/** Milliseconds by a count, learned while running. */
export class CostTable {
  readonly #entries = new Map<number, { ms: number; at: number }>();
  readonly #scale: (ms: number, known: number, wanted: number) => number;
  #clock = 0;

  /** `scale` says what `wanted` costs when `known` costs `ms` and nothing is known on the far side. */
  constructor(scale: (ms: number, known: number, wanted: number) => number) {
    this.#scale = scale;
  }

  record(count: number, ms: number): void {
    const entry = entryOf(count);
    const known = this.#fresh(entry);
    const expected = known ?? this.estimate(entry);
    const credible = expected === null ? ms : Math.min(ms, expected * outlier);
    const next = known === null ? credible : known + weight * (credible - known);
    this.#entries.set(entry, { ms: next, at: ++this.#clock });
  }

  /** Interpolated between what is known; null when nothing is. */
  estimate(count: number): number | null {
    let below: number | null = null;
    let above: number | null = null;
    for (const entry of this.#entries.keys()) {
      if (this.#fresh(entry) === null) continue;
      if (entry <= count) below = Math.max(below ?? entry, entry);
      if (entry >= count) above = Math.min(above ?? entry, entry);
    }
    if (below !== null && above !== null && above > below) {
      const [low, high] = [this.#fresh(below)!, this.#fresh(above)!];
      return low + ((high - low) * (count - below)) / (above - below);
    }
    const known = below ?? above;
    return known === null ? null : this.#scale(this.#fresh(known)!, known, count);
  }

  #fresh(entry: number): number | null {
    const known = this.#entries.get(entry);
    return known === undefined || this.#clock - known.at > maxAge ? null : known.ms;
  }
}

/** Prompt rows beside decoding ones while their cost is unknown. */
const firstPromptRows = 16;

/** What a step cost. */
export interface StepSample {
  /** Rows of sequences that decode, guesses included. */
  decodeRows: number;
  /** Rows of prompts. */
  promptRows: number;
  ms: number;
}

/** What steps cost on this machine with this model, learned from those that ran. Decides how much, never what, is computed. */
export class StepCosts {
  /** Hopeful, so that more rows are tried and their cost gets known. */
  readonly #decode = new CostTable((ms, known, wanted) => (ms * (1 + 0.03 * wanted)) / (1 + 0.03 * known));
  /** What prompt rows add to a step that decodes. */
  readonly #prompt = new CostTable((ms, known, wanted) => (ms * wanted) / known);

  record({ decodeRows, promptRows, ms }: StepSample): void {
    if (promptRows === 0) {
      this.#decode.record(decodeRows, ms);
      return;
    }
    const base = decodeRows === 0 ? 0 : this.#decode.estimate(decodeRows);
    if (base !== null) this.#prompt.record(promptRows, Math.max(ms - base, 1e-3));
  }

  /** Milliseconds of a step that only decodes. */
  decodeMs(rows: number): number | null {
    return this.#decode.estimate(rows);
  }

  /** Most prompt rows, from `min` to `max`, that make a step of `decodeRows` at most `ratio` times as long. */
  promptRowsBeside(decodeRows: number, bounds: { min: number; max: number; ratio: number }): number {
    const { min, max, ratio } = bounds;
    const base = this.#decode.estimate(decodeRows);
    const added = (rows: number): number | null => this.#prompt.estimate(rows);
    if (base === null || added(min) === null) return Math.min(max, Math.max(min, firstPromptRows));
    let rows = max;
    while (rows > min && added(rows)! > (ratio - 1) * base) {
      rows = Math.max(min, rows <= 8 ? rows - 1 : Math.floor(rows * 0.85));
    }
    return rows;
  }
}
