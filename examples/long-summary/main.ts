import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { estimateTokens } from "@llamero/core/retrieval/chunk-text";
import { openModel } from "../open-model.ts";
import { demoModel } from "./demo.ts";
import { showProgress, showSummary } from "./show-summary.ts";
import { StepStore } from "./step-store.ts";
import { type Progress, summarizeDocument } from "./summarize.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string" },
    demo: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    /** Where steps are kept that are done. */
    steps: { type: "string", default: ".cache/long-summary" },
  },
});

/** The model with a count of its tokens; the script has none. */
async function open() {
  const model = await openModel(values.model);
  return { model, countTokens: (text: string): number => model.tokenizer.encode(text).length };
}

const path = positionals[0] ?? fileURLToPath(new URL("sample.md", import.meta.url));
const bytes = readFileSync(path);
const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const { model, countTokens } = values.demo
  ? { model: demoModel(), countTokens: estimateTokens }
  : await open();
await using _model = model;
const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort());
const run = summarizeDocument(
  { name: basename(path), bytes },
  {
    model,
    modelId: values.demo ? "demo" : resolve(values.model ?? "cria"),
    countTokens,
    store: new StepStore(join(values.steps, `${hash}.jsonl`)),
    signal: stopping.signal,
  },
);

const { isTTY } = process.stderr;
let last: Progress | null = null;
try {
  let next = await run.next();
  for (; next.done !== true; next = await run.next()) {
    last = next.value;
    if (isTTY) process.stderr.write(`\r\x1b[K${showProgress(last)}`);
  }
  if (isTTY) process.stderr.write("\r\x1b[K");
  process.stdout.write(values.json ? `${JSON.stringify(next.value, null, 2)}\n` : showSummary(next.value));
} catch (error) {
  if (!stopping.signal.aborted) throw error;
  const done = last === null ? "" : ` at ${last.stage} ${last.numDone}/${last.numSteps}`;
  console.error(`\nStopped${done}; run it again to go on from there`);
  process.exitCode = 130;
}
