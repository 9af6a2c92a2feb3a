/**
 * Fuzzes our own interface with schemathesis: a server over a scripted model, offline, asked what its `/openapi.json`
 * allows and forbids. Fails when an answer is one that the document does not allow, or the server had a fault.
 *
 *   python3 -m venv /tmp/venv && /tmp/venv/bin/pip install schemathesis
 *   node --conditions=@llamero/source --import tsx bench/schemathesis.ts /tmp/venv/bin/st [cases per operation, 14] [seed, 7]
 *
 * Cases, operations and phases are those of schemathesis' own summary, at the end of what it prints.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setOffline } from "../packages/core/src/net/policy.ts";
import { FakeTextModel } from "../packages/stack/src/fake-text-model.ts";
import { startServer } from "../packages/stack/src/server.ts";
import { machineLine, run } from "./paired.ts";

const [program, numCases = "14", seed = "7"] = process.argv.slice(2);
if (program === undefined) throw new TypeError("Name the command of schemathesis, such as /tmp/venv/bin/st");

setOffline(true);
const faults: unknown[] = [];
const folder = mkdtempSync(join(tmpdir(), "llamero-schemathesis-"));
const server = await startServer({
  models: [{ name: "fake", model: new FakeTextModel() }],
  host: "127.0.0.1",
  port: 0,
  checksAnswers: true,
  modelsFolder: folder,
  runsFolder: folder,
  onError: (error) => faults.push(error),
});
/**
 * The document for the command: tuples as it reads them (it takes `prefixItems` for a fault), requests that name a model
 * that is there, and no schema of events, which it takes for one of their frames; the server holds its events itself.
 */
function prepared(value: unknown, isRequest = false): unknown {
  if (Array.isArray(value)) return value.map((each) => prepared(each, isRequest));
  if (typeof value !== "object" || value === null) return value;
  const { prefixItems, ...rest } = value as Record<string, unknown>;
  const entries = Object.entries(
    prefixItems === undefined ? rest : { ...rest, items: { anyOf: prefixItems } },
  );
  return Object.fromEntries(
    entries.map(([key, each]) => {
      if (key === "text/event-stream") return [key, {}];
      const isModel = isRequest && key === "model" && (each as { type?: unknown } | null)?.type === "string";
      if (isModel) return [key, { type: "string", enum: ["fake", "llamero/fake"] }];
      return [key, prepared(each, isRequest || /Request(\.|$)/.test(key))];
    }),
  );
}

// Read here: the command waits no longer than ten seconds for it, which a busy machine may take to make it.
const document = join(folder, "openapi.json");
const own = await (await fetch(`${server.url}/openapi.json`)).json();
writeFileSync(document, JSON.stringify(prepared(own)));
const words = [
  ["run", document, "--url", server.url],
  ["--phases", "examples,fuzzing", "-n", numCases, "--seed", seed, "--generation-database", "none"],
  ["--suppress-health-check", "all", "--request-timeout", "30", "--continue-on-failure", "--no-color"],
  ["-c", "not_a_server_error,status_code_conformance,content_type_conformance"],
  ["-c", "response_headers_conformance,response_schema_conformance"],
].flat();
console.log(machineLine());
console.log(run(program, ["--version"]).trim());
console.log(["st", ...words].join(" "));
const code = await new Promise<number | null>((resolve) => {
  spawn(program, words, { stdio: ["ignore", "inherit", "inherit"], cwd: folder }).once("exit", resolve);
});
await server.close({ graceMs: 0 });
rmSync(folder, { recursive: true });
for (const fault of faults) console.log(fault);
console.log(`faults of the server: ${faults.length}`);
process.exitCode = code === 0 && faults.length === 0 ? 0 : 1;
