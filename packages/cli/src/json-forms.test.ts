import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { floatTensor, renameTensor, writeGguf } from "@llamero/core";
import { tinyConfig, tinyMetadata, tinyTensors } from "./fake-model.ts";
import { callCommand } from "./fake-terminal.ts";

let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "llamero-forms-"));
  await mkdir(join(home, "models"));
  writeGguf(join(home, "models", "tiny.gguf"), {
    metadata: tinyMetadata("llama"),
    tensors: tinyTensors.map(({ name, shape, values }) =>
      floatTensor(renameTensor(name, "hf", "gguf")!, shape, values),
    ),
  });
  await writeFile(join(home, "text.txt"), "A text of some length. ".repeat(4));
});

after(() => rm(home, { recursive: true, force: true }));

/** What a command prints with --json; the model has a token for each byte. */
async function json(words: readonly string[], input = ""): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await callCommand([...words, "--json"], {
    input,
    env: { LLAMERO_HOME: home },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^[^\n]+\n$/);
  return JSON.parse(stdout) as Record<string, unknown>;
}

interface Form {
  words: readonly string[];
  input?: string;
  keys: readonly string[];
}

const engineKeys = ["backend", "mode", "degraded"];

const benchKeys = ["version", "node", "at", "machine", "load"];
const resultKeys = ["results", "interrupted", "degraded"];

const forms: readonly Form[] = [
  {
    words: ["run", "tiny", "--raw", "-n", "3"],
    input: "Hello",
    keys: ["model", "text", "ids", "finishReason", "usage", "timings", ...engineKeys],
  },
  {
    words: ["logits", "tiny", "--prompt-ids", "-"],
    input: "[72, 105]",
    keys: ["model", "ids", "positions", ...engineKeys],
  },
  {
    words: ["bench", "tiny", "--prompt", "8", "--gen", "4", "--batch", "1,2", "-r", "1"],
    keys: ["model", "backend", "threads", "mode", "kv", "results", "degraded", "machine"],
  },
  {
    words: ["bench", "latency", "tiny", "--prompt", "4,8", "--gen", "4", "-r", "1"],
    keys: ["model", "backend", "threads", "mode", "kv", ...benchKeys, "limits", ...resultKeys],
  },
  {
    words: ["bench", "throughput", "tiny", "--prompt", "8", "--gen", "4", "--batch", "1,2", "-r", "1"],
    keys: ["model", "backend", "threads", "mode", "kv", ...benchKeys, "limits", ...resultKeys],
  },
  {
    words: ["bench", "compare", "tiny", "--prompt", "8", "--gen", "4", "-t", "1,2", "-r", "1"],
    keys: ["a", "b", ...benchKeys, ...resultKeys],
  },
  {
    words: ["doctor", "tiny"],
    keys: ["version", "node", "machine", "backend", "degraded", "readBandwidth", "home", "models"].concat([
      "offline",
      "expected",
    ]),
  },
  { words: ["tokenize", "--model", "tiny"], input: "Hi", keys: ["ids"] },
  { words: ["tokenize", "--model", "tiny", "--decode"], input: "72 105", keys: ["text", "ids"] },
  {
    words: ["plan", "run", "tiny"],
    keys: ["model", "numParameters", "context", "batch", "kv", "kvBytesPerToken"].concat([
      "formats",
      "contexts",
      "availableMemoryBytes",
    ]),
  },
];

for (const { words, input = "", keys } of forms) {
  test(`llamero ${words.join(" ")} --json prints one line with its fields`, async () => {
    assert.deepEqual(Object.keys(await json(words, input)), keys);
  });
}

test("llamero perplexity --json scores all but the first token of each window", async () => {
  const words = ["perplexity", "tiny", "--file", join(home, "text.txt"), "--window", "32"];
  const { ppl, tokens } = await json(words);
  // 92 bytes in windows of 32, 32 and 28.
  assert.equal(tokens, 92 - 3);
  assert.ok(typeof ppl === "number" && ppl > 1 && ppl < 100 * tinyConfig.vocabSize, String(ppl));
});

test("llamero bench runs a batch of 16 without a warning of too many listeners", async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error): number => warnings.push(warning);
  process.on("warning", keep);
  try {
    await json(["bench", "tiny", "--prompt", "0", "--gen", "4", "--batch", "16", "-r", "1"]);
    await new Promise((done) => setImmediate(done));
  } finally {
    process.off("warning", keep);
  }
  assert.deepEqual(warnings, []);
});
