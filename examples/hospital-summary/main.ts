import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openModel } from "../open-model.ts";
import { AuditLog, readAuditLog } from "./audit-log.ts";
import { demoModel } from "./demo.ts";
import { showStay } from "./show-stay.ts";
import { HospitalSummarizer } from "./summarizer.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string" },
    demo: { type: "boolean", default: false },
    log: { type: "string", default: "audit.jsonl" },
    /** Checks the log and ends. */
    verify: { type: "boolean", default: false },
    /** With --verify: the last hash, as it was noted elsewhere. */
    head: { type: "string" },
    /** Always so; the flag may be given to say it. */
    offline: { type: "boolean", default: true },
  },
});

async function summarize(): Promise<void> {
  const log = new AuditLog(values.log);
  await using model = values.demo ? demoModel() : await openModel(values.model);
  using summarizer = new HospitalSummarizer(model, log);
  const path = positionals[0] ?? fileURLToPath(new URL("notes/internacao.txt", import.meta.url));
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort());
  process.stdout.write(showStay(await summarizer.summarize(readFileSync(path, "utf8"), stopping.signal)));
  console.log(`\n${values.log}: ${log.head}`);
}

try {
  if (values.verify)
    console.log(`${values.log}: ${readAuditLog(values.log, values.head).length} entries, all whole`);
  else await summarize();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
