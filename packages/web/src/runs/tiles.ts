import type { RunSummary } from "@llamero/stack/api/runs";
import { currentLanguage } from "../shell/languages.ts";
import { byId, html } from "./elements.ts";
import { formatFigure, formatRough, formatTime } from "./format.ts";
import { t } from "./texts.ts";

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
  const share = totalSteps === null ? "" : t("of", { count: totalSteps });
  const figures: (readonly [string, string, string])[] = [
    [t("step"), step.toLocaleString(currentLanguage()), share],
    [t("loss"), run.loss === null ? "-" : formatFigure(run.loss), t("nats")],
    [t("tokens"), formatFigure(run.tokens), ""],
    [t("speed"), run.tokensPerSecond === null ? "-" : formatFigure(run.tokensPerSecond), t("perSecond")],
    [
      t("time"),
      formatTime(seconds),
      run.status === "running" && left ? t("left", { time: formatRough(left) }) : "",
    ],
  ];
  return figures.map(([name, value, unit]) => {
    const tile = html("div", "tile");
    tile.append(html("span", "", name), html("strong", "", value));
    if (unit !== "") tile.append(html("small", "", unit));
    return tile;
  });
}
