import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();

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
