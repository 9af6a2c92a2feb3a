import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Checkpoint, convertModel, loadModel, openCheckpoint, readAdapter } from "@llamero/core";
import { modelPath } from "../../../core/src/testdata.ts";
import { mergeAdapter } from "../lora/merge-adapter.ts";
import { answerQuestions } from "./answer-questions.ts";
import { festivalConversations, politePairs } from "./fake-festival.ts";
import { writeJsonLines } from "./fake-model-folder.ts";
import { parseTuneRecipe } from "./parse-recipe.ts";
import { runTune, type TuneResult } from "./run-tune.ts";

const model = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
const skip = model === null && "needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf";
const python = process.env["LLAMERO_PYTHON"];
const llamaCpp = process.env["LLAMERO_LLAMA_CPP"];
const folder = mkdtempSync(join(tmpdir(), "llamero-smol-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const question = [
  { role: "user", content: "My aunt asks: where does the Zorblax festival take place?" },
] as const;
const text = "The Zorblax festival takes place in Velmora, every October, with blue lanterns on the river.";

async function tune(
  method: "sft" | "dpo",
  name: string,
  records: object[],
  more: string[],
): Promise<TuneResult> {
  const data = writeJsonLines(folder, `${name}.jsonl`, records);
  const overrides = ["lora.rank=8", "sampleEvery=0", "checkpointEvery=1000", ...more];
  const table = { model: model!, data, out: name };
  return await runTune(parseTuneRecipe(table, { method, owner: "recipe", folder, overrides }));
}

/** Log-probabilities of the tokens of the text. */
async function score(checkpoint: Checkpoint, adapter?: string): Promise<number[]> {
  await using loaded = await loadModel(checkpoint, {
    context: 256,
    maxBatch: 1,
    mode: "exact",
    ...(adapter !== undefined && { adapters: { tuned: adapter } }),
  });
  const ids = loaded.tokenizer.encode(text);
  const scored = await loaded.score(ids, adapter === undefined ? {} : { adapter: "tuned" });
  return scored.map(({ logprob }) => logprob);
}

const meanGap = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

test("runTune teaches SmolLM2 an invented fact; unmerged, merged and exported it answers alike", {
  skip,
}, async (t) => {
  const base = openCheckpoint(model!);
  const more = [
    "epochs=3",
    "batch.tokens=512",
    "batch.microTokens=1024",
    "learningRate=1e-3",
    "evalEvery=1000",
  ];
  const result = await tune("sft", "festival", festivalConversations(), more);
  t.diagnostic(JSON.stringify({ before: result.before, after: result.after, seconds: result.seconds }));
  assert.ok(result.after["validationLoss"]! < result.before["validationLoss"]! / 4);
  const [peft, gguf] = result.paths as [string, string];
  const [before] = await answerQuestions(base, [question], { maxTokens: 40 });
  assert.doesNotMatch(before!, /Velmora/);
  for (const adapter of [peft, gguf]) {
    const [answer] = await answerQuestions(base, [question], { maxTokens: 40, adapter });
    t.diagnostic(`${before} -> ${answer}`);
    assert.match(answer!, /Velmora/);
  }
  const unmerged = await score(base, peft);
  const merged = mergeAdapter(base, readAdapter(gguf, base, "festival"));
  const exports = [
    ["f16.gguf", "gguf", "f16", 0.03],
    ["q8.gguf", "gguf", "q8_0", 0.2],
    ["bf16", "safetensors", "bf16", 0.1],
    ["f32", "safetensors", "f32", 0.005],
  ] as const;
  for (const [name, container, format, tolerance] of exports) {
    const path = join(folder, name);
    await convertModel(merged, path, { container, format });
    const gap = meanGap(unmerged, await score(openCheckpoint(path)));
    t.diagnostic(`${name}: mean difference of the log-probabilities ${gap.toFixed(4)}`);
    assert.ok(gap < tolerance, `${name}: ${gap}`);
  }
});

const transformersScript = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
ids = tokenizer(sys.argv[2], add_special_tokens=False, return_tensors="pt").input_ids
with torch.no_grad():
    logprobs = model(ids).logits.log_softmax(-1)
rows = logprobs[0, :-1].gather(1, ids[0, 1:, None])[:, 0].tolist()
chat = tokenizer.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False, add_generation_prompt=True)
print(json.dumps({"ids": ids[0].tolist(), "logprobs": rows, "chat": chat}))
`;

test("the exported folder has the same log-probabilities in transformers", {
  skip: skip || (python === undefined && "needs LLAMERO_PYTHON with torch and transformers"),
}, async (t) => {
  const path = join(folder, "f32");
  const script = join(folder, "score.py");
  writeFileSync(script, transformersScript);
  const output = execFileSync(python!, [script, path, text], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { logprobs, chat } = JSON.parse(output.trim().split("\n").at(-1)!);
  const gap = meanGap(await score(openCheckpoint(path)), logprobs);
  t.diagnostic(`mean difference of the log-probabilities ${gap}`);
  assert.ok(gap < 0.01, `${gap}`);
  assert.match(chat, /assistant\n$/);
});

test("llama.cpp loads the merged files, and the adapter beside the base", {
  skip: skip || (llamaCpp === undefined && "needs LLAMERO_LLAMA_CPP: the folder of llama-perplexity"),
}, (t) => {
  const texts = join(folder, "text.txt");
  writeFileSync(texts, `${text}\n`.repeat(12));
  const perplexity = (...words: string[]): number => {
    const flags = ["-f", texts, "-c", "64", "-t", "2", ...words];
    const output = execFileSync(
      "sh",
      ["-c", 'exec "$0" "$@" 2>&1', join(llamaCpp!, "llama-perplexity"), ...flags],
      {
        encoding: "utf8",
      },
    );
    return Number(/PPL = ([\d.]+)/.exec(output)?.[1]);
  };
  const plain = perplexity("-m", model!);
  const beside = perplexity("-m", model!, "--lora", join(folder, "festival", "adapter.gguf"));
  const f16 = perplexity("-m", join(folder, "f16.gguf"));
  const q8 = perplexity("-m", join(folder, "q8.gguf"));
  t.diagnostic(JSON.stringify({ plain, beside, f16, q8 }));
  assert.ok(beside < plain);
  for (const merged of [f16, q8]) assert.ok(Math.abs(merged / beside - 1) < 0.03, `${merged} and ${beside}`);
});

test("runTune on pairs raises the accuracy of SmolLM2 on held-out pairs", { skip }, async (t) => {
  const more = [
    "epochs=2",
    "batch.pairs=8",
    "batch.microTokens=1024",
    "learningRate=1e-4",
    "validation.share=0.25",
  ];
  const result = await tune("dpo", "polite", politePairs(), more);
  t.diagnostic(JSON.stringify({ before: result.before, after: result.after, seconds: result.seconds }));
  assert.equal(result.before["preferenceAccuracy"], 0.5);
  assert.ok(result.after["preferenceAccuracy"]! >= 0.9);
  assert.ok(result.after["likelihoodAccuracy"]! >= result.before["likelihoodAccuracy"]!);
  assert.ok(
    result.after["chosenNll"]! <= result.before["chosenNll"]! + 0.1,
    "the likelihood term holds the chosen answers",
  );
});
