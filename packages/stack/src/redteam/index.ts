export { isRefusal } from "./judge.ts";
export { reportPage } from "./report-page.ts";
export { formatRiskCard, makeRiskCard, type RiskCard } from "./risk-card.ts";
export { type Outcome, type RedteamOptions, runRedteam } from "./run-redteam.ts";
