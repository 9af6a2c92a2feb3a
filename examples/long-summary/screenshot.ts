// Summarizes the sample with the demo and takes a picture: npx tsx examples/long-summary/screenshot.ts
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { estimateTokens } from "@llamero/core/retrieval/chunk-text";
import { takeScreenshot, terminalPage } from "../screenshot.ts";
import { demoModel } from "./demo.ts";
import { showProgress, showSummary } from "./show-summary.ts";
import { StepStore } from "./step-store.ts";
import { summarizeDocument } from "./summarize.ts";

const folder = mkdtempSync(join(tmpdir(), "long-summary-"));
const run = summarizeDocument(
  { name: "sample.md", bytes: readFileSync(new URL("sample.md", import.meta.url)) },
  {
    model: demoModel(),
    modelId: "demo",
    countTokens: estimateTokens,
    store: new StepStore(join(folder, "steps.jsonl")),
    signal: AbortSignal.timeout(60_000),
  },
);
const bars = new Map<string, string>();
let next = await run.next();
for (; next.done !== true; next = await run.next()) bars.set(next.value.stage, showProgress(next.value));
rmSync(folder, { recursive: true });
const shown = `${[...bars.values()].join("\n")}\n\n${showSummary(next.value)}`;
const png = fileURLToPath(new URL("screenshot.png", import.meta.url));
await takeScreenshot({ page: terminalPage("long summary", shown), png, width: 900, height: 790 });
