import { nearest, type Points, smooth, thin } from "./curve.ts";
import { html, svg } from "./elements.ts";
import { formatFigure } from "./format.ts";
import { createScale, type Range, rangeOf, type Scale } from "./scale.ts";
import { t } from "./texts.ts";

/** A curve of a chart. */
export interface Series {
  /** Run, for the legend. */
  name: string;
  /** Number of its color. */
  color: number;
  points: Points;
  /** Few values, drawn with dots and never smoothed: evaluations. */
  isEval: boolean;
}

/** What all charts share. */
export interface View {
  smoothing: number;
  zoom: Range | null;
  /** Place on the horizontal axis that is looked at. */
  cursor: number | null;
  formatX(value: number): string;
}

/** What a chart tells the page. */
export interface ChartEvents {
  onCursor(place: number | null): void;
  onZoom(range: Range | null): void;
}

const margin = { left: 52, right: 12, top: 10, bottom: 24 };

/** One card with curves over the same axis, drawn as SVG. */
export class Chart {
  readonly element: HTMLElement = html("figure", "card");
  readonly #title: string;
  readonly #svg: SVGSVGElement = svg("svg", { role: "img", tabindex: 0 });
  readonly #overlay: SVGGElement = svg("g", { class: "overlay" });
  readonly #legend: HTMLElement = html("div", "legend");
  readonly #events: ChartEvents;
  #series: readonly Series[] = [];
  #lines: { series: Series; x: readonly number[]; y: readonly number[] }[] = [];
  #view: View | null = null;
  #x: Scale | null = null;
  #y: Scale | null = null;
  #isLog = false;
  #dragFrom: number | null = null;

  constructor(title: string, events: ChartEvents, isLarge: boolean) {
    this.#title = title;
    this.#events = events;
    if (isLarge) this.element.classList.add("large");
    const caption = html("figcaption");
    const log = html("button", "quiet", "log");
    log.type = "button";
    log.setAttribute("aria-pressed", "false");
    log.setAttribute("aria-label", t("logAxis", { title }));
    log.addEventListener("click", () => {
      this.#isLog = !this.#isLog;
      log.setAttribute("aria-pressed", String(this.#isLog));
      this.draw();
    });
    caption.append(html("h2", "", title), log);
    this.element.append(caption, this.#svg, this.#legend);
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.#svg);
  }

  show(series: readonly Series[], view: View): void {
    this.#series = series;
    this.#view = view;
    this.draw();
  }

  draw(): void {
    const view = this.#view;
    const { width, height } = this.#svg.getBoundingClientRect();
    if (view === null || width < 80) return;
    const xRange = view.zoom ?? rangeX(this.#series);
    const inside = (x: number): boolean => xRange !== null && x >= xRange[0] && x <= xRange[1];
    this.#lines = this.#series.map((series) => {
      const { x, y } = series.points;
      const isSmooth = !series.isEval && view.smoothing > 0;
      return { series, x, y: isSmooth ? smooth(y, view.smoothing) : y };
    });
    const yRange = rangeOf(
      this.#lines.flatMap(({ x, y }) => focused(y.filter((_, at) => inside(x[at]!)))),
      this.#isLog,
    );
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.replaceChildren();
    this.#svg.setAttribute("aria-label", this.#describe(view));
    if (xRange === null || yRange === null) {
      this.#svg.append(svg("text", { x: width / 2, y: height / 2, class: "none" }, t("nothing")));
      this.#legend.replaceChildren();
      return;
    }
    const right = width - margin.right;
    const bottom = height - margin.bottom;
    const x = createScale(xRange, [margin.left, right], { log: false, ticks: Math.max(2, width / 85) });
    const y = createScale(yRange, [bottom, margin.top], {
      log: this.#isLog,
      ticks: Math.max(2, height / 48),
    });
    this.#x = x;
    this.#y = y;
    this.#drawAxes({ x, y, right, bottom, view });
    const clip = svg("svg", {
      x: margin.left,
      y: 0,
      width: right - margin.left + margin.right,
      height: bottom + 1,
      viewBox: `${margin.left} 0 ${right - margin.left + margin.right} ${bottom + 1}`,
    });
    for (const line of this.#lines) this.#drawLine(clip, line, xRange, right - margin.left);
    this.#svg.append(clip, this.#overlay);
    this.#drawCursor();
  }

  /** Draws anew only what follows the pointer. */
  moveCursor(): void {
    if (this.#x !== null) this.#drawCursor();
  }

  #drawAxes(axes: { x: Scale; y: Scale; right: number; bottom: number; view: View }): void {
    const { x, y, right, bottom, view } = axes;
    const grid = svg("g", { class: "grid", "aria-hidden": "true" });
    for (const tick of y.ticks) {
      const at = y.place(tick);
      grid.append(svg("line", { x1: margin.left, x2: right, y1: at, y2: at }));
      grid.append(svg("text", { x: margin.left - 8, y: at + 4, class: "y" }, formatFigure(tick)));
    }
    grid.append(svg("line", { class: "floor", x1: margin.left, x2: right, y1: bottom, y2: bottom }));
    for (const tick of x.ticks) {
      const at = x.place(tick);
      if (at > right + 1 || at < margin.left - 1) continue;
      grid.append(svg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
      const anchor = at > right - 20 ? "end" : at < margin.left + 10 ? "start" : "middle";
      grid.append(svg("text", { x: at, y: bottom + 17, "text-anchor": anchor }, view.formatX(tick)));
    }
    this.#svg.append(grid);
  }

  #drawLine(
    into: SVGElement,
    { series, x, y }: { series: Series; x: readonly number[]; y: readonly number[] },
    range: Range,
    width: number,
  ): void {
    const color = `c${series.color}`;
    const columns = Math.max(40, Math.round(width / 2));
    if (!series.isEval && y !== series.points.y)
      into.append(
        svg("path", { class: `raw ${color}`, d: this.#path(within(series.points, range), columns) }),
      );
    const kind = series.isEval ? "line eval" : "line";
    into.append(svg("path", { class: `${kind} ${color}`, d: this.#path(within({ x, y }, range), columns) }));
    if (!series.isEval && x.length > 1) return;
    for (let i = 0; i < x.length; i++) {
      const [cx, cy] = [this.#x!.place(x[i]!), this.#y!.place(y[i]!)];
      if (Number.isFinite(cy)) into.append(svg("circle", { class: color, cx, cy, r: 3 }));
    }
  }

  #path(points: Points, columns: number): string {
    const thinned = thin(points, columns);
    let path = "";
    for (let i = 0; i < thinned.x.length; i++) {
      const place = this.#y!.place(thinned.y[i]!);
      if (!Number.isFinite(place)) continue;
      path += `${path === "" ? "M" : "L"}${this.#x!.place(thinned.x[i]!).toFixed(1)} ${place.toFixed(1)}`;
    }
    return path;
  }

  #drawCursor(): void {
    const view = this.#view!;
    const [x, y] = [this.#x!, this.#y!];
    this.#overlay.replaceChildren();
    const bottom = this.#svg.getBoundingClientRect().height - margin.bottom;
    if (view.cursor !== null) {
      const at = x.place(view.cursor);
      if (at >= margin.left)
        this.#overlay.append(svg("line", { class: "cursor", x1: at, x2: at, y1: margin.top, y2: bottom }));
    }
    const rows = this.#lines.flatMap((line) => {
      const index = view.cursor === null ? line.x.length - 1 : nearest(line.x, view.cursor);
      if (index < 0) return [];
      if (view.cursor !== null) {
        const [cx, cy] = [x.place(line.x[index]!), y.place(line.y[index]!)];
        if (cx >= margin.left && Number.isFinite(cy))
          this.#overlay.append(svg("circle", { class: `c${line.series.color} at`, cx, cy, r: 4 }));
      }
      const row = html("span", `c${line.series.color}`);
      const value = html("b", "", formatFigure(line.y[index]!));
      const at = view.cursor === null ? "" : ` at ${view.formatX(line.x[index]!)}`;
      row.append(
        html("i", line.series.isEval ? "dot eval" : "dot"),
        html("em", "", line.series.name),
        value,
        at,
      );
      return [row];
    });
    this.#legend.replaceChildren(...rows);
  }

  #describe(view: View): string {
    const parts = this.#series.map(({ name, points }) => {
      const { x, y } = points;
      if (x.length === 0) return `${name}: no values`;
      return `${name}: from ${formatFigure(y[0]!)} to ${formatFigure(y.at(-1)!)} at ${view.formatX(x.at(-1)!)}`;
    });
    return `${this.#title}. ${parts.join(". ")}. Arrow keys read values`;
  }

  #listen(): void {
    const place = (event: PointerEvent): number | null => {
      if (this.#x === null) return null;
      const { left, right } = this.#svg.getBoundingClientRect();
      const at = Math.min(right - left - margin.right, Math.max(margin.left, event.clientX - left));
      return this.#x.value(at);
    };
    const target = this.#svg;
    target.addEventListener("pointermove", (event) => {
      const at = place(event);
      this.#events.onCursor(at);
      if (this.#dragFrom === null || at === null) return;
      const [from, to] = [this.#x!.place(this.#dragFrom), this.#x!.place(at)];
      const { height } = target.getBoundingClientRect();
      const box = {
        x: Math.min(from, to),
        width: Math.abs(to - from),
        y: margin.top,
        height: height - margin.bottom - margin.top,
      };
      this.#overlay.append(svg("rect", { class: "drag", ...box }));
    });
    target.addEventListener("pointerleave", () => this.#events.onCursor(null));
    target.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      this.#dragFrom = place(event);
      target.setPointerCapture(event.pointerId);
    });
    target.addEventListener("pointerup", (event) => {
      const [from, to] = [this.#dragFrom, place(event)];
      this.#dragFrom = null;
      if (from === null || to === null || this.#x === null) return;
      if (Math.abs(this.#x.place(from) - this.#x.place(to)) > 8)
        this.#events.onZoom([Math.min(from, to), Math.max(from, to)]);
    });
    target.addEventListener("dblclick", () => this.#events.onZoom(null));
    target.addEventListener("keydown", (event) => this.#onKey(event));
    target.addEventListener("focus", () => this.#legend.setAttribute("aria-live", "polite"));
    target.addEventListener("blur", () => {
      this.#legend.removeAttribute("aria-live");
      this.#events.onCursor(null);
    });
  }

  #onKey(event: KeyboardEvent): void {
    const range = this.#view?.zoom ?? rangeX(this.#series);
    if (range === null || range === undefined) return;
    const stride = (range[1] - range[0]) / (event.shiftKey ? 10 : 50);
    const now = this.#view?.cursor ?? range[1];
    const targets: Readonly<Record<string, number | null>> = {
      ArrowLeft: Math.max(range[0], now - stride),
      ArrowRight: Math.min(range[1], now + stride),
      Home: range[0],
      End: range[1],
      Escape: null,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    if (event.key === "Escape") this.#events.onZoom(null);
    this.#events.onCursor(target);
  }
}

function rangeX(series: readonly Series[]): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { points } of series) {
    if (points.x.length === 0) continue;
    low = Math.min(low, points.x[0]!);
    high = Math.max(high, points.x.at(-1)!);
  }
  if (low > high) return null;
  return low === high ? [low - 1, high + 1] : [low, high];
}

/** Points of a range and one more on each side, so that lines go on to the edge. */
function within({ x, y }: Points, [from, to]: Range): Points {
  let start = 0;
  let end = x.length;
  while (start < end - 1 && x[start + 1]! < from) start++;
  while (end > start + 1 && x[end - 2]! > to) end--;
  return { x: x.slice(start, end), y: y.slice(start, end) };
}

/** Values without the hundredth that lies furthest out on each side of a long curve: one spike shall not flatten the rest. */
function focused(values: readonly number[]): readonly number[] {
  if (values.length < 200) return values;
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(sorted.length / 100);
  const last = values.slice(-20);
  return [sorted[cut]!, sorted[sorted.length - 1 - cut]!, ...last];
}
