import type { RunSummary } from "@llamero/stack/api/runs";
import { byId, html } from "./elements.ts";
import { formatFigure } from "./format.ts";
import { t } from "./texts.ts";

/** What the list tells the page. */
export interface ListOptions {
  colorOf(name: string): number | null;
  onChoose(name: string, isChosen: boolean): void;
}

interface Row {
  item: HTMLLIElement;
  box: HTMLInputElement;
  state: HTMLElement;
  figures: HTMLElement;
  bar: HTMLElement;
}

/** The list of runs; rows are kept, so that the focus stays where it is. */
export class RunsList {
  readonly #rows = new Map<string, Row>();
  readonly #options: ListOptions;
  readonly #filter = byId<HTMLInputElement>("filter");

  constructor(options: ListOptions) {
    this.#options = options;
    this.#filter.addEventListener("input", () => this.#applyFilter());
  }

  show(runs: readonly RunSummary[]): void {
    const list = byId("runs");
    byId("count").textContent = t("count", { count: runs.length });
    for (const [name, row] of this.#rows)
      if (!runs.some((run) => run.name === name)) {
        row.item.remove();
        this.#rows.delete(name);
      }
    for (const [index, run] of runs.entries()) {
      const row = this.#rows.get(run.name) ?? this.#add(run.name);
      this.#update(row, run);
      if (list.children[index] !== row.item) list.insertBefore(row.item, list.children[index] ?? null);
    }
    this.#applyFilter();
  }

  #add(name: string): Row {
    const item = html("li");
    const label = html("label");
    const box = html("input", "box");
    box.type = "checkbox";
    box.addEventListener("change", () => this.#options.onChoose(name, box.checked));
    const about = html("span", "about");
    const [state, figures] = [html("span", "state"), html("span")];
    about.append(state, figures);
    const bar = html("span", "bar");
    bar.append(html("i"));
    label.append(box, html("span", "name", name), about, bar);
    item.append(label);
    const row = { item, box, state, figures, bar };
    this.#rows.set(name, row);
    return row;
  }

  #update({ item, box, state, figures, bar }: Row, run: RunSummary): void {
    const color = this.#options.colorOf(run.name);
    item.className = `${run.status}${color === null ? "" : ` c${color}`}`;
    box.checked = color !== null;
    state.textContent = t(run.status);
    state.title = run.why ?? "";
    const total = run.totalSteps === null ? "" : ` / ${formatFigure(run.totalSteps)}`;
    const loss = run.loss === null ? "" : ` · ${formatFigure(run.loss)}`;
    figures.textContent = `${formatFigure(run.step)}${total}${loss}`;
    bar.hidden = run.totalSteps === null || run.totalSteps === 0;
    if (!bar.hidden)
      (bar.firstElementChild as HTMLElement).style.width =
        `${Math.min(100, (100 * run.step) / run.totalSteps!)}%`;
  }

  #applyFilter(): void {
    const text = this.#filter.value.trim().toLowerCase();
    for (const [name, { item }] of this.#rows) item.hidden = !name.toLowerCase().includes(text);
  }
}
