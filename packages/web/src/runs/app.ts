import type { RunPart, RunSummary, RunsMessage } from "@llamero/stack/api/runs";
import { requestEvents } from "../shell/client.ts";
import { mountShell } from "../shell/shell.ts";
import { Chart, type Series, type View } from "./chart.ts";
import { pointsOf } from "./curve.ts";
import { byId } from "./elements.ts";
import { formatFigure, formatName, formatTime } from "./format.ts";
import { buildPage } from "./page.ts";
import { type Axis, RunData } from "./run-data.ts";
import { RunsList } from "./runs-list.ts";
import { type Chosen, Texts } from "./samples.ts";
import type { Range } from "./scale.ts";
import { t } from "./texts.ts";
import { showTiles } from "./tiles.ts";

const numColors = 8;
const firstCurves = ["loss", "learningRate", "gradientNorm", "tokensPerSecond"];
/** The evaluation that is drawn beside the loss of training. */
const lossEval = "validationLoss";
const settingsKey = "llamero-runs";

// Run by itself, the page of runs lies at the root of a server that has no other page.
const isAlone = !/\/runs\/[^/]*$/.test(location.pathname);
buildPage(mountShell({ page: "runs", isAlone }));

let runs: readonly RunSummary[] = [];
/** Colors of chosen runs, in the order they were chosen. */
const chosen = new Map<string, number>();
const data = new Map<string, RunData>();
const charts = new Map<string, Chart>();
let axis: Axis = "step";
/** Ends the stream that is read. */
let stream: AbortController | null = null;
let isFirstList = true;
let isDue = false;

const view: View = {
  smoothing: 0.8,
  zoom: null,
  cursor: null,
  formatX: (value) =>
    axis === "seconds" ? formatTime(value) : formatFigure(axis === "step" ? Math.round(value) : value),
};

const list = new RunsList({
  colorOf: (name) => chosen.get(name) ?? null,
  onChoose(name, isChosen) {
    if (isChosen) choose(name);
    else chosen.delete(name);
    save();
    list.show(runs);
    connect();
    redraw();
  },
});
const texts = new Texts();

function choose(name: string): void {
  const used = [...chosen.values()];
  const free = Array.from({ length: numColors }, (_, color) => color).find((color) => !used.includes(color));
  chosen.set(name, free ?? chosen.size % numColors);
}

function save(): void {
  localStorage.setItem(
    settingsKey,
    JSON.stringify({ chosen: [...chosen.keys()], axis, smoothing: view.smoothing }),
  );
}

function restore(): void {
  try {
    const saved = JSON.parse(localStorage.getItem(settingsKey) ?? "{}") as Record<string, unknown>;
    if (Array.isArray(saved["chosen"])) for (const name of saved["chosen"]) choose(String(name));
    if (saved["axis"] === "tokens" || saved["axis"] === "seconds") axis = saved["axis"];
    if (typeof saved["smoothing"] === "number") view.smoothing = saved["smoothing"];
  } catch {
    // Settings that cannot be read are as good as none.
    localStorage.removeItem(settingsKey);
  }
}

/** Opens one stream for all chosen runs, each from where its data ends. */
function connect(): void {
  stream?.abort();
  const query = new URLSearchParams();
  for (const name of chosen.keys()) {
    if (isFirstList || !runs.some((run) => run.name === name)) continue;
    query.append("run", name);
    query.append("at", String(data.get(name)?.at ?? 0));
  }
  stream = new AbortController();
  void follow(query, stream.signal);
}

/** Reads a stream until another is opened; one that breaks is opened anew from where its data ends. */
async function follow(query: URLSearchParams, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of requestEvents<RunsMessage>(`runs/events?${query}`, { signal })) {
      if (signal.aborted) return;
      setConnection(true);
      receive(message);
    }
  } catch {
    // Whatever the reason, the page says that it is not connected and tries again.
  }
  if (signal.aborted) return;
  setConnection(false);
  setTimeout(() => {
    if (!signal.aborted) connect();
  }, 1500);
}

function setConnection(isLive: boolean): void {
  const element = byId("connection");
  const text = isLive ? t("live") : t("lost");
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("lost", !isLive);
}

function receive(message: RunsMessage): void {
  if (message.type === "runs") receiveList(message.runs);
  else if (message.type === "part") receivePart(message);
}

function receiveList(found: readonly RunSummary[]): void {
  runs = found;
  const known = new Set(found.map(({ name }) => name));
  const wasFirst = isFirstList;
  isFirstList = false;
  for (const name of [...chosen.keys()]) if (!known.has(name)) chosen.delete(name);
  if (wasFirst && chosen.size === 0 && found.length > 0) choose(found[0]!.name);
  list.show(found);
  if (wasFirst && chosen.size > 0) connect();
  redraw();
}

function receivePart(part: RunPart): void {
  const run = data.get(part.run) ?? new RunData();
  data.set(part.run, run);
  run.add(part);
  redraw();
}

/** Draws once before the next frame, however much arrives. */
function redraw(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    draw();
  });
}

function draw(): void {
  const all: Chosen[] = [...chosen].map(([name, color]) => ({
    name,
    color,
    data: data.get(name) ?? new RunData(),
  }));
  const empty = byId("empty");
  empty.hidden = all.length > 0;
  empty.textContent = runs.length === 0 ? t("none") : t("choose");
  byId("controls").hidden = all.length === 0;
  showTiles(runs.find(({ name }) => name === all[0]?.name) ?? null, {
    color: all[0]?.color ?? 0,
    isNamed: all.length > 1,
  });
  const wanted = seriesOf(all);
  for (const [key, chart] of charts)
    if (!wanted.has(key)) {
      chart.element.remove();
      charts.delete(key);
    }
  for (const [key, series] of wanted) {
    let chart = charts.get(key);
    if (chart === undefined) {
      chart = new Chart(
        formatName(key.replace(/^eval:/, "")),
        { onCursor: moveCursor, onZoom: zoom },
        key === "loss",
      );
      charts.set(key, chart);
    }
    chart.show(series, view);
  }
  const order = [...wanted.keys()].map((key) => charts.get(key)!.element);
  const parent = byId("charts");
  order.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
  texts.show(all);
}

/** Curves by chart: those that every run has first, then those of the method, then evaluations. */
function seriesOf(all: readonly Chosen[]): Map<string, Series[]> {
  const found = new Map<string, Series[]>();
  const add = (key: string, series: Series): void => {
    found.set(key, [...(found.get(key) ?? []), series]);
  };
  const names = new Set([...firstCurves, ...all.flatMap((run) => [...run.data.curves.keys()])]);
  for (const curve of names)
    for (const { name, color, data: run } of all) {
      const values = run.curves.get(curve);
      if (values !== undefined)
        add(curve, { name, color, points: pointsOf(run.places(axis), values), isEval: false });
    }
  for (const { name, color, data: run } of all)
    for (const [metric, { step, values }] of run.evals) {
      const x = step.map((each) => run.placeOf(each, axis));
      const series = { name, color, points: pointsOf(x, values), isEval: true };
      if (metric === lossEval && found.has("loss"))
        add("loss", { ...series, name: t("validation", { run: name }) });
      else add(`eval:${metric}`, series);
    }
  return found;
}

function moveCursor(place: number | null): void {
  view.cursor = place;
  for (const chart of charts.values()) chart.moveCursor();
}

function zoom(range: Range | null): void {
  view.zoom = range;
  byId("unzoom").hidden = range === null;
  redraw();
}

function showSettings(): void {
  const smoothing = byId<HTMLInputElement>("smoothing");
  smoothing.value = String(view.smoothing);
  byId("smoothing-value").textContent = view.smoothing.toFixed(2);
  for (const radio of document.querySelectorAll<HTMLInputElement>("input[name=axis]"))
    radio.checked = radio.value === axis;
}

byId("smoothing").addEventListener("input", (event) => {
  view.smoothing = Number((event.target as HTMLInputElement).value);
  byId("smoothing-value").textContent = view.smoothing.toFixed(2);
  save();
  redraw();
});
byId("controls").addEventListener("change", (event) => {
  const { name, value } = event.target as HTMLInputElement;
  if (name !== "axis") return;
  axis = value as Axis;
  save();
  zoom(null);
});
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("unzoom").addEventListener("click", () => zoom(null));

restore();
showSettings();
connect();
