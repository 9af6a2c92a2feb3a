import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { floatTensor, renameTensor, writeGguf } from "@llamero/core";
import { createFakeHome } from "./fake-home.ts";
import { tinyMetadata, tinyTensors } from "./fake-model.ts";
import type { Outcome } from "./fake-terminal.ts";
import { writeChatModel } from "./tour/fake-chat-model.ts";
import { runTour } from "./tour/run-tour.ts";
import { Screen } from "./tour/screen.ts";
import type { Tour } from "./tour/step.ts";

interface Report {
  steps: { name: string; commands: string[][]; error: string | null; result: Record<string, unknown> }[];
}

const home = createFakeHome();
const model = join(home.path, "chat");
const words = ["tour", "--model", model, "--fast"];
const temporary = (): string => mkdtempSync(join(home.path, "temporary-"));
const tour = (more: readonly string[], folder = temporary()): Promise<Outcome> =>
  home.llamero([...words, ...more], { env: { TMPDIR: folder } });

before(() => writeChatModel(model));

test("llamero tour runs its steps with a random model, leaves no file, and their commands work", async () => {
  const folder = temporary();
  const kept = join(home.path, "kept");
  // All but the measurement of speed, which takes seconds.
  const names = ["tokens", "tool-call", "agent", "shield", "lora", "quantize", "replay"];
  const given = [...names.flatMap((name) => ["--step", name]), "--json", "--keep", kept];
  const { code, stdout, stderr } = await tour(given, folder);
  assert.equal(code, 0, stdout + stderr);
  const { steps } = JSON.parse(stdout) as Report;
  assert.deepEqual(
    steps.map(({ name, error }) => [name, error]),
    names.map((name) => [name, null]),
  );
  const [tokens, call, agent, shield, lora, quantize, replay] = steps.map(({ result }) => result);
  assert.equal(Object.keys(tokens!["counts"] as object).length, 8);
  const held = call!["held"] as { isValid: boolean }[];
  assert.ok(held.length === 2 && held.every(({ isValid }) => isValid));
  const { agreed, refused } = agent! as Record<string, { calls: unknown[]; numRuns: number }>;
  assert.deepEqual([agreed!.calls.length, agreed!.numRuns], [1, 1]);
  assert.deepEqual([refused!.calls.length, refused!.numRuns], [1, 0]);
  const actions = (shield!["outcomes"] as { action: string }[]).map(({ action }) => action);
  assert.deepEqual(actions.slice(0, 5), ["pass", "redact", "redact", "redact", "redact"]);
  const losses = lora!["losses"] as number[];
  assert.ok(losses.at(-1)! < losses[0]!);
  assert.notEqual(lora!["before"], lora!["after"]);
  assert.ok((quantize!["proofs"] as { klMean: number }[])[0]!.klMean > 0);
  assert.equal(replay!["identical"], true);
  assert.deepEqual(readdirSync(folder), []);
  assert.deepEqual(readdirSync(kept).sort(), ["agent.json", "call.json", "facts.jsonl", "text.txt"]);
  let last: Outcome | null = null;
  for (const [program, ...rest] of steps.flatMap(({ commands }) => commands)) {
    if (program !== "llamero" || rest[0] === "serve") continue;
    last = await home.llamero(rest);
    // A shield that hits ends with 1.
    const isHit = rest[0] === "shield" && last.stdout.includes(": hit ");
    assert.equal(last.code, isHit ? 1 : 0, `${rest.join(" ")}\n${last.stderr}`);
  }
  assert.deepEqual((JSON.parse(last!.stdout) as { ids: number[] }).ids, replay!["ids"]);
});

test("llamero tour prints plain text of 80 columns, with the command of each step", async () => {
  const steps = ["1", "5", "lora", "replay"].flatMap((step) => ["--step", step]);
  const { code, stdout, stderr } = await tour([...steps, "--keep", join(home.path, "k")]);
  assert.equal(code, 0, stdout + stderr);
  const long = stdout
    .split("\n")
    .filter((line) => line.replace(/\p{Mn}/gu, "").length > 80 && !line.includes(home.path));
  assert.deepEqual(long, []);
  assert.ok(!stdout.includes("\r") && !stdout.includes("\u001b"), "nothing steers a terminal");
  assert.match(stdout, /── 6 of 8 · .*\n {3}\$ llamero train sft [\s\S]*── 8 of 8 · [\s\S]*\$ llamero run/);
  assert.match(readFileSync(join(home.path, "k", "facts.jsonl"), "utf8"), /^\{"prompt":/);
});

test("llamero tour refuses a model without a tokenizer, and a step that does not exist", async () => {
  const path = join(home.path, "mute.gguf");
  writeGguf(path, {
    metadata: tinyMetadata("llama").filter(([key]) => !key.startsWith("tokenizer.")),
    tensors: tinyTensors.map(({ name, shape, values }) =>
      floatTensor(renameTensor(name, "hf", "gguf")!, shape, values),
    ),
  });
  const mute = await home.llamero(["tour", "--model", path]);
  assert.equal(mute.code, 2);
  assert.match(mute.stderr, /^Error: mute holds no tokenizer, which the tour needs\nUse: /);
  const none = await tour(["--step", "9"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--step takes 1 to 8 or tokens, speed, .*, not 9/);
});

test("runTour goes on after a step that fails", async () => {
  const fails = { commands: () => [], run: () => Promise.reject(new RangeError("No such color: teal")) };
  const works = { commands: () => [["llamero", "ls"]], run: () => Promise.resolve({ count: 1 }) };
  const entries = [fails, works].map((step, i) => {
    return { number: i + 1, name: `step-${i}`, title: "A step", load: () => Promise.resolve({ step }) };
  });
  const screen = new Screen(null);
  const given = { screen, signal: new AbortController().signal } as Tour;
  const reports = await runTour(entries, 2, given);
  assert.deepEqual(
    reports.map(({ error, result }) => [error, result]),
    [
      ["No such color: teal", null],
      [null, { count: 1 }],
    ],
  );
});

test("runTour ends when it is interrupted, within a step or between two", async () => {
  const controller = new AbortController();
  const run = (): Promise<never> => {
    controller.abort();
    return Promise.reject(new Error("The engine was stopped"));
  };
  const entry = (number: number) => {
    const load = () => Promise.resolve({ step: { commands: () => [], run } });
    return { number, name: `step-${number}`, title: "A step", load };
  };
  const given = { screen: new Screen(null), signal: controller.signal } as Tour;
  await assert.rejects(runTour([entry(1), entry(2)], 2, given), /The engine was stopped/);
  await assert.rejects(runTour([entry(2)], 2, given), { name: "AbortError" });
});
