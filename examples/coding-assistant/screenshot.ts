// Runs the demo and takes a picture of what the terminal showed: npx tsx examples/coding-assistant/screenshot.ts
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { takeScreenshot, terminalPage } from "../screenshot.ts";
import { createAssistant } from "./assistant.ts";
import { demoModel } from "./demo.ts";
import { Terminal } from "./terminal.ts";
import { Workspace } from "./workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "coding-assistant-"));
cpSync(fileURLToPath(new URL("sample", import.meta.url)), folder, { recursive: true });
let shown = "";
const keys = new PassThrough();
const terminal = new Terminal(keys, (text) => {
  shown += text;
});
/** What a person would type, with the echo of a terminal. */
function type(text: string): void {
  shown += `${text}\n`;
  keys.write(`${text}\n`);
}
await using assistant = createAssistant({
  model: demoModel(),
  workspace: new Workspace(folder),
  testCommand: ["node", "--test"],
  ask: (question) => {
    const isAgreed = terminal.ask(question);
    type("y");
    return isAgreed;
  },
});
terminal.welcome("Llama 3.1 8B Instruct (here a script)", "~/median");
const task = terminal.readTask();
type("The tests fail. Find out why and repair it.");
for await (const event of assistant.run(String(await task), AbortSignal.timeout(60_000)))
  terminal.show(event);
terminal.close();
rmSync(folder, { recursive: true });
const png = fileURLToPath(new URL("screenshot.png", import.meta.url));
await takeScreenshot({ page: terminalPage("coding assistant", shown), png, width: 900, height: 925 });
