export type { RunPart, RunStatus, RunSummary, RunsMessage, StepColumns } from "../api/runs.ts";
export { readRun } from "./follow-run.ts";
export { listRuns } from "./list-runs.ts";
export { type RunsServerOptions, startRunsServer } from "./runs-server.ts";
