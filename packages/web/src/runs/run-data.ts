import type { RunPart } from "@llamero/stack/api/runs";

/** What the horizontal axis counts. */
export type Axis = "step" | "tokens" | "seconds";

/** Everything that a run has told, and bytes of its file that this stands for. */
export class RunData {
  at = 0;
  step: number[] = [];
  tokens: (number | null)[] = [];
  seconds: (number | null)[] = [];
  curves: Map<string, (number | null)[]> = new Map();
  evals: Map<string, { step: number[]; values: (number | null)[] }> = new Map();
  samples: Map<number, { prompt: string; text: string }[]> = new Map();
  notes: RunPart["notes"] = [];

  add(part: RunPart): void {
    if (part.isReset) Object.assign(this, new RunData());
    this.at = part.at;
    const before = this.step.length;
    const { steps } = part;
    for (const [name, values] of Object.entries(steps.curves)) {
      const curve = this.curves.get(name) ?? new Array<number | null>(before).fill(null);
      this.curves.set(name, curve);
      for (const value of values) curve.push(value);
    }
    for (let i = 0; i < steps.step.length; i++) {
      this.step.push(steps.step[i]!);
      this.tokens.push(steps.tokens[i]!);
      this.seconds.push(steps.seconds[i]!);
    }
    for (const curve of this.curves.values()) while (curve.length < this.step.length) curve.push(null);
    for (const { step, values } of part.evals) {
      for (const [name, value] of Object.entries(values)) {
        const found = this.evals.get(name) ?? { step: [], values: [] };
        this.evals.set(name, found);
        found.step.push(step);
        found.values.push(value);
      }
    }
    for (const { step, prompt, text } of part.samples) {
      const found = this.samples.get(step) ?? [];
      this.samples.set(step, found);
      found.push({ prompt, text });
    }
    this.notes.push(...part.notes);
  }

  /** Places of all steps on an axis. */
  places(axis: Axis): readonly (number | null)[] {
    return axis === "step" ? this.step : axis === "tokens" ? this.tokens : this.seconds;
  }

  /** Place of a step on an axis: that of the last step told at or before it. */
  placeOf(step: number, axis: Axis): number | null {
    if (axis === "step") return step;
    let low = 0;
    let high = this.step.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.step[middle]! <= step) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.places(axis)[low - 1]!;
  }
}
