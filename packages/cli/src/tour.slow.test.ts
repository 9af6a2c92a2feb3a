import assert from "node:assert/strict";
import { mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { createFakeHome } from "./fake-home.ts";
import { runCommand } from "./fake-terminal.ts";
import { writeChatModel } from "./tour/fake-chat-model.ts";

const home = createFakeHome();
const model = join(home.path, "chat");
const words = ["tour", "--model", model, "--fast"];

before(() => writeChatModel(model));

test("llamero tour measures the speed of a random model, and the command does too", async () => {
  const { code, stdout, stderr } = await home.llamero([...words, "--step", "speed", "--json"]);
  assert.equal(code, 0, stdout + stderr);
  const [step] = (JSON.parse(stdout) as { steps: { commands: string[][]; result: Record<string, number> }[] })
    .steps;
  assert.ok(step!.result["shareOfMatrixRate"]! > 0);
  const bench = await home.llamero(step!.commands[0]!.slice(1));
  assert.equal(bench.code, 0, bench.stderr);
});

test("llamero tour teaches SmolLM2 a fact and holds its tool calls to the schema", async (t) => {
  if (!home.needsModel(t)) return;
  const { code, stdout, stderr } = await home.llamero(["tour", "--model", "smol", "--json"]);
  assert.equal(code, 0, stdout + stderr);
  const { steps, seconds } = JSON.parse(stdout) as {
    seconds: number;
    steps: { name: string; result: Record<string, unknown> }[];
  };
  const lora = steps.find(({ name }) => name === "lora")!.result;
  t.diagnostic(JSON.stringify({ seconds, before: lora["before"], after: lora["after"] }));
  assert.equal(lora["holdsFact"], true);
});

test("llamero tour ends on Ctrl-C with exit code 130, and leaves no file", async () => {
  const folder = mkdtempSync(join(home.path, "temporary-"));
  const { code, stderr } = await runCommand([...words, "--step", "lora", "--step", "quantize"], {
    env: { LLAMERO_HOME: home.path, TMPDIR: folder },
    interruptWhen: (stdout) => stdout.includes("before"),
  });
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Interrupted\n$/);
  // tsx keeps a folder of its own.
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith("llamero")),
    [],
  );
});
