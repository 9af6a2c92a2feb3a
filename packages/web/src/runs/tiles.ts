import type { RunSummary } from "@llamero/stack/api/runs";
import { formatFigure, formatRough, formatTime } from "./format.ts";
import { byId, html } from "./svg.ts";

/** Figures of one run; named where several are shown. */
export function showTiles(run: RunSummary | null, options: { color: number; isNamed: boolean }): void {
  const section = byId("tiles");
  section.className = `c${options.color}`;
  section.replaceChildren(...(run === null ? [] : tilesOf(run)));
  if (run === null || !options.isNamed) return;
  const label = section.querySelector("span")!;
  label.prepend(html("i", "dot"), html("b", "", run.name), " · ");
}

function tilesOf(run: RunSummary): HTMLElement[] {
  const { step, totalSteps, seconds } = run;
  const left = totalSteps !== null && step > 0 ? ((totalSteps - step) * seconds) / step : null;
  const share = totalSteps === null ? "" : `of ${totalSteps.toLocaleString("en-US")}`;
  const figures: (readonly [string, string, string])[] = [
    ["Step", step.toLocaleString("en-US"), share],
    ["Loss", run.loss === null ? "-" : formatFigure(run.loss), "nats"],
    ["Tokens", formatFigure(run.tokens), ""],
    ["Speed", run.tokensPerSecond === null ? "-" : formatFigure(run.tokensPerSecond), "tokens/s"],
    ["Time", formatTime(seconds), run.status === "running" && left ? `${formatRough(left)} left` : ""],
  ];
  return figures.map(([name, value, unit]) => {
    const tile = html("div", "tile");
    tile.append(html("span", "", name), html("strong", "", value));
    if (unit !== "") tile.append(html("small", "", unit));
    return tile;
  });
}
