import { byId, html } from "./elements.ts";
import { formatFigure } from "./format.ts";
import type { RunData } from "./run-data.ts";
import { t } from "./texts.ts";

/** A chosen run with its color. */
export interface Chosen {
  name: string;
  color: number;
  data: RunData;
}

const maxNotes = 200;

/** Samples by step, and notes. */
export class Texts {
  readonly #run = byId<HTMLSelectElement>("sample-run");
  readonly #step = byId<HTMLInputElement>("sample-step");
  #chosen: readonly Chosen[] = [];
  /** Stays at the newest step until the reader goes back. */
  #isAtEnd = true;
  #shown = "";

  constructor() {
    this.#run.addEventListener("change", () => this.#showSamples());
    this.#step.addEventListener("input", () => {
      this.#isAtEnd = this.#step.value === this.#step.max;
      this.#showSamples();
    });
  }

  show(chosen: readonly Chosen[]): void {
    this.#chosen = chosen;
    const withSamples = chosen.filter(({ data }) => data.samples.size > 0);
    byId("texts").hidden = withSamples.length === 0;
    const names = withSamples.map(({ name }) => name);
    const before = this.#run.value;
    if (names.join("\n") !== [...this.#run.options].map(({ value }) => value).join("\n")) {
      this.#run.replaceChildren(...names.map((name) => new Option(name, name)));
      if (names.includes(before)) this.#run.value = before;
    }
    this.#showSamples();
    this.#showNotes();
  }

  #showSamples(): void {
    const data = this.#chosen.find(({ name }) => name === this.#run.value)?.data;
    if (data === undefined || data.samples.size === 0) return;
    const steps = [...data.samples.keys()].sort((a, b) => a - b);
    this.#step.max = String(steps.length - 1);
    if (this.#isAtEnd) this.#step.value = this.#step.max;
    const step = steps[Number(this.#step.value)]!;
    byId("sample-value").textContent = formatFigure(step);
    this.#step.setAttribute("aria-valuetext", t("stepIs", { step }));
    const texts = data.samples.get(step)!;
    const key = `${this.#run.value} ${step} ${texts.length}`;
    if (key === this.#shown) return;
    this.#shown = key;
    byId("samples").replaceChildren(
      ...texts.map(({ prompt, text }) => {
        const sample = html("p", "sample");
        sample.append(html("span", "prompt", prompt), text);
        return sample;
      }),
    );
  }

  #showNotes(): void {
    const all = this.#chosen.flatMap(({ data, name, color }) =>
      data.notes.map((note) => ({ ...note, name, color })),
    );
    byId("log").hidden = all.length === 0;
    const latest = all.sort((a, b) => b.step - a.step).slice(0, maxNotes);
    byId("notes").replaceChildren(
      ...latest.map(({ step, text, kind, name, color }) => {
        const item = html("li", `note c${color} ${kind}`);
        const dot = html("i", "dot");
        dot.title = name;
        const words =
          kind === "checkpoint" ? t("checkpoint", { text }) : kind === "done" ? t("ended", { text }) : text;
        item.append(
          dot,
          html("time", "", t("stepIs", { step: formatFigure(step) })),
          html("span", "", words),
        );
        return item;
      }),
    );
  }
}
