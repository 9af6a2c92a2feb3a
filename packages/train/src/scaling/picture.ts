import type { PowerLaw, ScalingLaw, SweepPoint } from "./fit-law.ts";

const width = 640;
const height = 400;
const margin = { left: 64, right: 16, top: 16, bottom: 44 };
const colors: readonly string[] = [
  "#4269d0",
  "#d97706",
  "#16a34a",
  "#dc2626",
  "#7c3aed",
  "#0891b2",
  "#be185d",
  "#4d7c0f",
];

interface Axis {
  label: string;
  isLog: boolean;
  low: number;
  high: number;
}

/** A page with the curves of each budget, the best sizes, the best losses, and what they say in words. */
export function scalingPage(points: readonly SweepPoint[], law: ScalingLaw): string {
  const { parameterExponent, tokenExponent, lossExponent } = law.intervals;
  const range = ({ low, high }: { low: number; high: number }): string =>
    `${low.toFixed(3)} to ${high.toFixed(3)}`;
  const floor = law.loss.floor === 0 ? "" : `${law.loss.floor.toFixed(3)} + `;
  const rows = law.optima
    .map(
      ({ budget, parameters, tokens, loss, isInside }) =>
        `<tr><td>${budget.toExponential(2)}</td><td>${short(parameters)}</td><td>${short(tokens)}</td><td>${(tokens / parameters).toFixed(1)}</td><td>${loss.toFixed(4)}</td><td>${isInside ? "" : "outside the runs"}</td></tr>`,
    )
    .join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Scaling</title>
<style>body{font:14px/1.5 system-ui,sans-serif;max-width:700px;margin:2rem auto;padding:0 1rem}td,th{padding:0 .8em;text-align:right}svg{max-width:100%}text{font:12px system-ui,sans-serif;fill:currentColor}</style>
</head><body>
<h1>Scaling</h1>
<p>${points.length} runs at ${new Set(points.map(({ budget }) => budget)).size} budgets, ${law.optima.length} of them in the law. Intervals hold ${Math.round(100 * law.confidence)} % of ${law.resamples} resamples.</p>
<ul>
<li>N*(C) = ${law.parameters.coefficient.toPrecision(3)} · C^${law.parameters.exponent.toFixed(3)} (${range(parameterExponent)})</li>
<li>D*(C) = ${law.tokens.coefficient.toPrecision(3)} · C^${law.tokens.exponent.toFixed(3)} (${range(tokenExponent)})</li>
<li>L(C) = ${floor}${law.loss.coefficient.toPrecision(3)} · C^${law.loss.exponent.toFixed(4)} (${range(lossExponent)})</li>
</ul>
<h2>Loss of each budget over its tokens</h2>
${curvesPicture(points, law)}
<h2>Best size</h2>
${lawPicture(law, "parameters")}
<h2>Best loss</h2>
${lawPicture(law, "loss")}
<table><tr><th>C</th><th>N*</th><th>D*</th><th>D*/N*</th><th>L</th><th></th></tr>${rows}</table>
</body></html>
`;
}

/** Runs and parabolas of each budget. */
export function curvesPicture(points: readonly SweepPoint[], law: ScalingLaw): string {
  const losses = points.map(({ loss }) => loss);
  const x = axis(
    "tokens",
    true,
    points.map(({ tokens }) => tokens),
  );
  const y = axis("loss, nats per token", false, [...losses, ...law.optima.map(({ loss }) => loss)]);
  const budgets = [...new Set(points.map(({ budget }) => budget))].sort((a, b) => a - b);
  const parts = budgets.map((budget, i) => {
    const color = colors[i % colors.length]!;
    const mine = points.filter((point) => point.budget === budget);
    const dots = mine.map(({ tokens, loss }) => dot(place(x, tokens), placeY(y, loss), color)).join("");
    const curve = law.optima.find((one) => one.budget === budget)?.curve;
    if (curve === undefined) return dots;
    const logs = mine.map(({ tokens }) => Math.log(tokens));
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    const path = Array.from({ length: 41 }, (_, step) => {
      const at = low + ((high - low) * step) / 40;
      return [Math.exp(at), curve.lowest + curve.curvature * (at - curve.at) ** 2] as const;
    });
    return dots + line(path, x, y, color);
  });
  return frame(x, y, parts.join("\n"));
}

function lawPicture(law: ScalingLaw, kind: "parameters" | "loss"): string {
  const x = axis(
    "C, operations",
    true,
    law.optima.map(({ budget }) => budget),
  );
  const floor = kind === "loss" ? law.loss.floor : 0;
  const power: PowerLaw = kind === "loss" ? law.loss : law.parameters;
  const at = (c: number): number => floor + power.coefficient * c ** power.exponent;
  const values = law.optima.map((one) => one[kind]);
  const y = axis(kind === "loss" ? "L, nats per token" : "N*, parameters", kind === "parameters", [
    ...values,
    ...law.optima.map(({ budget }) => at(budget)),
  ]);
  const dots = law.optima.map((one) => dot(place(x, one.budget), placeY(y, one[kind]), colors[0]!)).join("");
  const [first, last] = [law.optima[0]!.budget, law.optima.at(-1)!.budget];
  const path = Array.from({ length: 41 }, (_, step) => {
    const c = first * (last / first) ** (step / 40);
    return [c, at(c)] as const;
  });
  return frame(x, y, dots + line(path, x, y, colors[0]!));
}

function axis(label: string, isLog: boolean, values: readonly number[]): Axis {
  const scaled = values.map((value) => (isLog ? Math.log10(value) : value));
  const [low, high] = [Math.min(...scaled), Math.max(...scaled)];
  const pad = (high - low || Math.abs(high) || 1) * 0.06;
  return { label, isLog, low: low - pad, high: high + pad };
}

function share({ isLog, low, high }: Axis, value: number): number {
  return ((isLog ? Math.log10(value) : value) - low) / (high - low);
}

function place(x: Axis, value: number): number {
  return margin.left + share(x, value) * (width - margin.left - margin.right);
}

function placeY(y: Axis, value: number): number {
  return height - margin.bottom - share(y, value) * (height - margin.top - margin.bottom);
}

function dot(x: number, y: number, color: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="${color}"/>`;
}

function line(path: readonly (readonly [number, number])[], x: Axis, y: Axis, color: string): string {
  const places = path.map(([a, b]) => `${place(x, a).toFixed(1)},${placeY(y, b).toFixed(1)}`);
  return `<polyline points="${places.join(" ")}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
}

function frame(x: Axis, y: Axis, content: string): string {
  const ticks = (one: Axis): number[] =>
    Array.from({ length: 5 }, (_, i) => one.low + ((one.high - one.low) * (i + 0.5)) / 5);
  const name = (one: Axis, at: number): string => (one.isLog ? short(10 ** at) : at.toFixed(2));
  const bottom = height - margin.bottom;
  const marks = [
    ...ticks(x).map((at) => {
      const px = margin.left + ((at - x.low) / (x.high - x.low)) * (width - margin.left - margin.right);
      return `<text x="${px.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${name(x, at)}</text>`;
    }),
    ...ticks(y).map((at) => {
      const py = bottom - ((at - y.low) / (y.high - y.low)) * (bottom - margin.top);
      return `<text x="${margin.left - 6}" y="${(py + 4).toFixed(1)}" text-anchor="end">${name(y, at)}</text>`;
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${y.label} over ${x.label}">
<path d="M${margin.left},${margin.top}V${bottom}H${width - margin.right}" fill="none" stroke="currentColor"/>
${marks.join("\n")}
<text x="${(margin.left + width) / 2}" y="${height - 8}" text-anchor="middle">${x.label}</text>
<text x="${margin.left + 8}" y="${margin.top + 12}">${y.label}</text>
${content}
</svg>`;
}

function short(value: number): string {
  for (const [size, name] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "K"],
  ] as const)
    if (value >= size && value < size * 1e3) return `${(value / size).toPrecision(3)}${name}`;
  return value >= 1e15 ? value.toExponential(1) : value.toPrecision(3);
}
