// Summarizes the sample with the demo and takes a picture: npx tsx examples/hospital-summary/screenshot.ts
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { takeScreenshot, terminalPage } from "../screenshot.ts";
import { AuditLog } from "./audit-log.ts";
import { demoModel } from "./demo.ts";
import { showStay } from "./show-stay.ts";
import { HospitalSummarizer } from "./summarizer.ts";

const folder = mkdtempSync(join(tmpdir(), "hospital-summary-"));
const log = new AuditLog(join(folder, "audit.jsonl"));
using summarizer = new HospitalSummarizer(demoModel(), log);
const notes = readFileSync(new URL("notes/internacao.txt", import.meta.url), "utf8");
const shown = showStay(await summarizer.summarize(notes, AbortSignal.timeout(60_000)));
rmSync(folder, { recursive: true });
const png = fileURLToPath(new URL("screenshot.png", import.meta.url));
await takeScreenshot({ page: terminalPage("hospital summary", shown), png, width: 900, height: 960 });
