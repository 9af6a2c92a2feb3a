import assert from "node:assert/strict";
import { test } from "node:test";
import { commands } from "./commands.ts";
import { defineCommand } from "./define-command.ts";
import { describeError, exitCodeOf, UsageError } from "./errors.ts";
import { jsonFlag, modelFlags, numberFlag, samplingFlags } from "./flags.ts";
import { helpText } from "./main.ts";

test("helpText names every command", () => {
  assert.deepEqual(
    commands.map(({ name }) => name),
    [
      "chat",
      "run",
      "serve",
      "ps",
      "stop",
      "agent",
      "agent tools",
      "config check",
      "shield check",
      "redteam",
      "tour",
      "embed",
      "rag ingest",
      "rag search",
      "rag ask",
      "rag eval",
      "rag versions",
      "rag rollback",
      "pull",
      "ls",
      "show",
      "rm",
      "doctor",
      "plan run",
      "plan train",
      "inspect",
      "tokenize",
      "template check",
      "perplexity",
      "logits",
      "replay",
      "lineage show",
      "openapi",
      "bench",
      "bench latency",
      "bench throughput",
      "bench serve",
      "bench compare",
      "eval run",
      "eval ls",
      "eval diff",
      "eval report",
      "eval contamination",
      "data curate",
      "data train-quality",
      "data synth",
      "data inspect",
      "data report",
      "train tokenizer",
      "train pretrain",
      "train sft",
      "train dpo",
      "train reward",
      "train round",
      "round",
      "round rollback",
      "train distill",
      "train check-context",
      "train arc",
      "merge",
      "quantize",
      "convert",
      "train scaling",
      "scaling predict",
      "scaling compare",
      "runs",
      "runs ls",
      "runs show",
      "recipes ls",
      "recipes cat",
      "recipes cp",
      "recipes validate",
    ],
  );
  const lines = helpText().split("\n");
  const words = helpText().replace(/\s+/g, " ");
  for (const { name, summary } of commands)
    assert.ok(lines.some((line) => line.startsWith(`  ${name}  `)) && words.includes(summary), name);
  assert.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
});

/** Runs a command that keeps what it was given. */
async function parse(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  let seen: Record<string, unknown> = {};
  const command = defineCommand({
    arguments: "<model> [prompt...]",
    flags: { ...modelFlags, ...samplingFlags, json: jsonFlag, runs: numberFlag("-r, --runs <n>", "runs", 5) },
    examples: [],
    async run(args, values) {
      seen = { args, ...values };
    },
  });
  const saved = { ...process.env };
  Object.assign(process.env, env);
  try {
    assert.equal(await command.execute("test", "Test", words), 0);
  } finally {
    process.env = saved;
  }
  return seen;
}

test("defineCommand reads positions, flags, human sizes and defaults", async () => {
  const seen = await parse([
    "m.gguf",
    "why",
    "is",
    "it",
    "-c",
    "32K",
    "-n",
    "-1",
    "-t",
    "2",
    "--temp",
    "0",
    "--top-k",
    "40",
    "--stop",
    "a",
    "--stop",
    "b",
    "--json",
  ]);
  assert.deepEqual(seen["args"], ["m.gguf", "why is it"]);
  assert.equal(seen["context"], 32768);
  assert.equal(seen["maxTokens"], -1);
  assert.equal(seen["threads"], 2);
  assert.equal(seen["temperature"], 0);
  assert.equal(seen["topK"], 40);
  assert.equal(seen["topP"], null);
  assert.deepEqual(seen["stop"], ["a", "b"]);
  assert.equal(seen["mode"], "fast");
  assert.equal(seen["kv"], "f16");
  assert.equal(seen["json"], true);
  assert.equal(seen["runs"], 5);
  assert.deepEqual((await parse(["m"]))["args"], ["m", undefined]);
});

test("defineCommand takes flags from the environment, and the command line over it", async () => {
  const env = { LLAMERO_CTX_SIZE: "4k", LLAMERO_MODE: "exact", LLAMERO_TEMP: "0.5" };
  const seen = await parse(["m", "--temp", "1"], env);
  assert.equal(seen["context"], 4096);
  assert.equal(seen["mode"], "exact");
  assert.equal(seen["temperature"], 1);
});

test("defineCommand refuses what it does not understand as a usage error", async () => {
  const cases: [words: string[], message: RegExp][] = [
    [[], /Missing required argument 'model'/],
    [["m", "--nope"], /Unknown option '--nope'/],
    [["m", "-c", "many"], /--ctx-size takes a number of tokens such as 8192 or 32K, not many/],
    [["m", "-c", "1.3"], /--ctx-size takes/],
    [["m", "--temp", "-1"], /--temp takes a number from 0, not -1/],
    [["m", "--top-p", "1.5"], /--top-p takes a number from 0 to 1, not 1.5/],
    [["m", "--top-k", "1.5"], /--top-k takes a whole number from 0/],
    [["m", "--seed", "x"], /--seed takes a whole number from 0 to 4294967295, not x/],
    [["m", "--mode", "best"], /--mode takes fast, exact, deterministic, not best/],
  ];
  for (const [words, message] of cases) {
    await assert.rejects(
      parse(words),
      (error) => error instanceof UsageError && message.test(error.message),
      words.join(" "),
    );
  }
});

test("exitCodeOf tells usage, faults and interruptions apart", () => {
  assert.equal(exitCodeOf(new UsageError("x")), 2);
  assert.equal(exitCodeOf(new Error("x")), 1);
  assert.equal(exitCodeOf(new DOMException("x", "AbortError")), 130);
});

test("describeError shows message and hint, and stacks with causes only when debugging", () => {
  const error = new UsageError("No model", "See: llamero ls", { cause: new Error("deep") });
  assert.equal(describeError(error, false), "Error: No model\nSee: llamero ls");
  assert.match(describeError(error, true), /Error: No model\n[\s\S]*at [\s\S]*Error: deep\n/);
});
