import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Backend,
  createNativeBackend,
  createWasmBackend,
  type InstructionSet,
  nativeInstructionSets,
} from "@llamero/kernels";
import type { Engine } from "../engine/engine.ts";
import { loadEngine } from "../engine/load-engine.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { completeSampling } from "../sample/params.ts";
import { modelPath } from "../testdata.ts";
import { loadTokenizer } from "../tokenizer/load.ts";

const name = "SmolLM2-135M-Instruct.Q4_1.gguf";
const prompts = [
  "The capital of France is",
  "Once upon a time, in a village by the sea,",
  "def fibonacci(n):\n",
  "Water boils at 100 degrees Celsius because",
  "List three fruits:\n1.",
  "The quick brown fox",
  "In 1969, the first humans",
  "She opened the door and",
];

const numTokens = 12;
/** Prompts that are continued one by one as well: single rows are slow in this mode. */
const numAlone = 3;

/** Ids and the bits of their log-probabilities. */
async function continuation(
  engine: Engine,
  promptIds: readonly number[],
  numTokens: number,
): Promise<string> {
  const parts: string[] = [];
  const sampling = completeSampling({ temperature: 0 });
  for await (const event of engine.generate({
    promptIds,
    maxTokens: numTokens,
    sampling,
    stopIds: [],
    topLogprobs: 0,
  })) {
    if (event.type === "token") parts.push(`${event.token}:${event.logprob}`);
  }
  return parts.join(" ");
}

/** Continuations one by one and all together. */
async function run(
  checkpoint: Checkpoint,
  ids: readonly (readonly number[])[],
  given: Backend,
): Promise<{ alone: string[]; together: string[] }> {
  await using backend = given;
  const options = { backend, mode: "deterministic", context: 256, batch: 8 } as const;
  await using first = await loadEngine(checkpoint, options);
  const alone: string[] = [];
  for (const each of ids.slice(0, numAlone)) alone.push(await continuation(first.engine, each, numTokens));
  await using second = await loadEngine(checkpoint, options);
  const together = await Promise.all(ids.map((each) => continuation(second.engine, each, numTokens)));
  return { alone, together };
}

/** Backends that promise the same bits as one another; between families only the text is the same. */
const families: readonly {
  names: readonly string[];
  create(name: string, threads: number): Promise<Backend>;
}[] = [
  {
    names: nativeInstructionSets(),
    create: async (name, threads) => createNativeBackend({ instructionSet: name as InstructionSet, threads }),
  },
  { names: ["wasm"], create: (_, threads) => createWasmBackend({ threads }) },
];

test("deterministic mode gives the same bits for any instruction set, threads and batch", async (t) => {
  const path = modelPath(name);
  if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  const checkpoint = openCheckpoint(path);
  const tokenizer = loadTokenizer(checkpoint.tokenizer!);
  const ids = prompts.map((prompt) => tokenizer.encode(prompt));
  let text: string | null = null;
  for (const { names, create } of families) {
    let bits: string[] | null = null;
    for (const label of names) {
      for (const threads of [1, 2]) {
        const { alone, together } = await run(checkpoint, ids, await create(label, threads));
        const what = `${label}, ${threads} threads`;
        assert.deepEqual(together.slice(0, numAlone), alone, `${what}: eight together against one by one`);
        bits ??= together;
        assert.deepEqual(together, bits, `${what} against ${names[0]}, 1 thread`);
        const tokens = together.map((each) => each.replaceAll(/:\S+/g, "")).join("\n");
        text ??= tokens;
        assert.equal(tokens, text, `${what}: another text`);
        t.diagnostic(`${what}: the same in ${ids.length} continuations of ${numTokens} tokens`);
      }
    }
  }
});
