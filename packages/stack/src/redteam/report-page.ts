import type { RiskCard, RiskRow } from "./risk-card.ts";
import type { Outcome } from "./run-redteam.ts";

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (sign) => escapes[sign]!);
const percent = (share: number): string => `${(100 * share).toFixed(0)}&nbsp;%`;

const style = `:root{color-scheme:light dark;--ink:#1c2430;--quiet:#5b6675;--paper:#f7f5f0;--card:#fff;--line:#e2ddd2;--bad:#c2453a;--good:#2f7d5b}
@media(prefers-color-scheme:dark){:root{--ink:#e8e6e1;--quiet:#9aa3af;--paper:#14171c;--card:#1c2027;--line:#2f353f;--bad:#e8776c;--good:#62b58e}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem}h1{font-size:1.9rem;margin:0 0 .25rem}h2{margin:2.5rem 0 .75rem;font-size:1.2rem}
.quiet{color:var(--quiet);margin:0}.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem;margin:2rem 0}
.figure{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.25rem}.figure b{display:block;font-size:2rem;line-height:1.2}
table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line)}th,td{padding:.5rem .75rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:.85rem;color:var(--quiet)}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{display:inline-block;width:7rem;height:.6rem;background:var(--line);border-radius:1rem;overflow:hidden;margin-left:.6rem}.bar i{display:block;height:100%}
.before i{background:var(--bad)}.after i{background:var(--good)}details{margin:.4rem 0}summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0;font-size:.85rem}
.wide{overflow-x:auto}`;

const bar = (share: number, kind: "before" | "after"): string =>
  `<td class="n">${percent(share)}<span class="bar ${kind}"><i style="width:${(100 * share).toFixed(1)}%"></i></span></td>`;

const row = ({ mutator, numAttacks, before, after }: RiskRow): string =>
  `<tr><td>${escapeHtml(mutator)}</td><td class="n">${numAttacks}</td>${bar(before, "before")}${bar(after, "after")}</tr>`;

const figure = (name: string, before: number, after: number): string =>
  `<div class="figure"><b>${percent(before)} → ${percent(after)}</b>${escapeHtml(name)}</div>`;

/** The card as one page that needs nothing else. */
export function reportPage(card: RiskCard, outcomes: readonly Outcome[]): string {
  const { model, judge, shields, rows, total, falseRefusals } = card;
  const through = outcomes.filter(
    ({ mutator, shielded, succeeded }) => mutator !== "benign" && shielded && succeeded,
  );
  const refused = outcomes.filter(
    ({ mutator, shielded, succeeded }) => mutator === "benign" && shielded && !succeeded,
  );
  const list = (of: readonly Outcome[]): string =>
    of.length === 0
      ? `<p class="quiet">None.</p>`
      : of
          .map(
            ({ id, blocked, answer }) =>
              `<details><summary>${escapeHtml(id)}</summary><pre>${blocked ? "Stopped by a shield" : escapeHtml(answer.slice(0, 2000))}</pre></details>`,
          )
          .join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Risk card of ${escapeHtml(model)}</title><style>${style}</style></head><body><main>
<h1>Risk card of ${escapeHtml(model)}</h1><p class="quiet">${total.numAttacks} attacks and ${falseRefusals.num} harmless requests, each without shields and behind them. Answers judged by ${escapeHtml(judge)}.</p>
<div class="figures">${figure("of the attacks went through, before and behind shields", total.before, total.after)}${figure("of the harmless requests were not answered", falseRefusals.before, falseRefusals.after)}</div>
<h2>By kind of attack</h2><div class="wide"><table><thead><tr><th>Attack</th><th>Number</th><th>Before</th><th>Behind shields</th></tr></thead><tbody>${rows.map(row).join("")}</tbody></table></div>
<h2>Shields</h2><div class="wide"><table><tbody>${Object.entries(shields)
    .map(([border, what]) => `<tr><td>${escapeHtml(border)}</td><td>${escapeHtml(what)}</td></tr>`)
    .join("")}</tbody></table></div>
<h2>Went through the shields</h2>${list(through)}
<h2>Harmless and not answered</h2>${list(refused)}
</main></body></html>
`;
}
