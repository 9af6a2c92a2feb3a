import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openModel } from "../open-model.ts";
import { createAssistant } from "./assistant.ts";
import { demoModel } from "./demo.ts";
import { Terminal } from "./terminal.ts";
import { Workspace } from "./workspace.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string" },
    demo: { type: "boolean", default: false },
    /** What run_tests runs, its words apart. */
    test: { type: "string", default: "node --test" },
  },
});

/** A copy of the sample, which has a mistake to find. */
function copySample(): string {
  const folder = mkdtempSync(join(tmpdir(), "coding-assistant-"));
  cpSync(fileURLToPath(new URL("sample", import.meta.url)), folder, { recursive: true });
  return folder;
}

const workspace = new Workspace(positionals[0] ?? copySample());
await using model = values.demo ? demoModel() : await openModel(values.model);
const terminal = new Terminal(process.stdin, (text) => process.stdout.write(text));
await using assistant = createAssistant({
  model,
  workspace,
  testCommand: values.test.split(" "),
  ask: (question) => terminal.ask(question),
});

let running: AbortController | null = null;
process.on("SIGINT", () => {
  if (running === null) terminal.close();
  else running.abort();
});
terminal.welcome(values.demo ? "a script" : (values.model ?? "Cria"), workspace.root);
for (let task = await terminal.readTask(); task !== null; task = await terminal.readTask()) {
  if (task.trim() === "") continue;
  running = new AbortController();
  try {
    for await (const event of assistant.run(task, running.signal)) terminal.show(event);
  } catch (error) {
    terminal.error(error);
  }
  running = null;
}
terminal.close();
