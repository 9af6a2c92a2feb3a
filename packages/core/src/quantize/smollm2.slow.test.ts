import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { chooseBackend } from "../backend.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { temporaryFolder } from "../formats/test-model.ts";
import { modelPath } from "../testdata.ts";
import { loadTokenizer } from "../tokenizer/load.ts";
import { convertModel } from "./convert.ts";
import { readProof } from "./proof.ts";
import { proofText } from "./proof-text.data.ts";
import { quantizeModel } from "./quantize.ts";

const smol = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
const python = process.env["LLAMERO_PYTHON"];

test("quantizeModel of SmolLM2 to fp8 and int8 costs at most half a percent of perplexity", async (t) => {
  if (smol === null) return t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
  const folder = temporaryFolder(t);
  const wide = join(folder, "bf16.gguf");
  await convertModel(openCheckpoint(smol), wide, { container: "gguf", format: "bf16" });
  const { backend } = await chooseBackend({ threads: 2 });
  await using _ = backend;
  for (const target of ["fp8", "int8"] as const) {
    const out = join(folder, target);
    const { isKept, proof } = await quantizeModel(openCheckpoint(wide), out, { target, backend });
    t.diagnostic(JSON.stringify(proof));
    assert.ok(isKept);
    assert.ok(proof!.perplexityCost <= 0.005, `${target}: ${proof!.perplexityCost}`);
    assert.deepEqual(readProof(openCheckpoint(out).metadata), proof);
  }
});

const hfLogits = `
import json, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
ids = AutoTokenizer.from_pretrained(sys.argv[1])(sys.argv[2])["input_ids"]
with torch.no_grad():
    logits = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)
print(json.dumps({"ids": ids, "logprobs": [logits[i, ids[i + 1]].item() for i in range(len(ids) - 1)]}))
`;

test("convertModel writes a folder that transformers reads with the same tokens and log-probabilities", async (t) => {
  if (smol === null) return t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
  if (python === undefined) return t.skip("needs LLAMERO_PYTHON: a python with torch and transformers");
  const { loadModel } = await import("../load.ts");
  const out = join(temporaryFolder(t), "hf");
  await convertModel(openCheckpoint(smol), out, { container: "safetensors", format: "bf16" });
  const text = proofText.content.slice(0, 400);
  const { stdout } = await promisify(execFile)(python, ["-c", hfLogits, out, text]);
  const theirs = JSON.parse(stdout) as { ids: number[]; logprobs: number[] };
  assert.deepEqual(loadTokenizer(openCheckpoint(out).tokenizer!).encode(text), theirs.ids);
  await using model = await loadModel(openCheckpoint(out), { mode: "exact" });
  const scored = await model.score(theirs.ids);
  assert.equal(scored.length, theirs.logprobs.length);
  // Keys and values are kept in f16 here and in f32 there.
  const off = scored.map(({ logprob }, i) => Math.abs(logprob - theirs.logprobs[i]!));
  const mean = off.reduce((sum, each) => sum + each, 0) / off.length;
  t.diagnostic(`log-probabilities differ by ${mean} on average, ${Math.max(...off)} at most`);
  assert.ok(mean < 5e-3 && Math.max(...off) < 5e-2);
});

const killed = `
import { openCheckpoint, chooseBackend, quantizeModel } from "@llamero/core";
const { backend } = await chooseBackend({ threads: 1 });
await quantizeModel(openCheckpoint(process.argv[1]), process.argv[2], { target: "q8_0", backend });
`;

test("quantizeModel killed in the middle leaves no file under its name", async (t) => {
  if (smol === null) return t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
  const folder = temporaryFolder(t);
  const out = join(folder, "out.gguf");
  const flags = [
    "--conditions=@llamero/source",
    "--import",
    import.meta.resolve("tsx"),
    "--input-type=module",
  ];
  const cwd = import.meta.dirname;
  const child = spawn(process.execPath, [...flags, "-e", killed, smol, out], { cwd, stdio: "ignore" });
  while (!readdirSync(folder).some((name) => name.includes("unfinished"))) {
    assert.equal(child.exitCode, null);
    await delay(20);
  }
  await delay(200);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  assert.ok(!existsSync(out));
});

test("convertModel turns Meta's tokenizer.model into a tokenizer.json with the same tokens", async (t) => {
  const path = modelPath("llama3.tokenizer.model");
  if (path === null) return t.skip("needs LLAMERO_MODELS: llama3.tokenizer.model");
  const { readFileSync } = await import("node:fs");
  const { toGgufTokenizer, toTokenizerJson } = await import("../formats/tokenizer-export.ts");
  const source = { kind: "tokenizer.model", bytes: readFileSync(path) } as const;
  const meta = loadTokenizer(source);
  const json = loadTokenizer({ kind: "tokenizer.json", text: toTokenizerJson(source) });
  const gguf = loadTokenizer(toGgufTokenizer(source));
  const ids = meta.encode(proofText.content);
  assert.deepEqual(json.encode(proofText.content), ids);
  assert.deepEqual(gguf.encode(proofText.content), ids);
  assert.deepEqual([json.addBos, json.bosId, gguf.bosId], [meta.addBos, meta.bosId, meta.bosId]);
  assert.deepEqual(json.encodeTemplate("<|eot_id|>"), meta.encodeTemplate("<|eot_id|>"));
});
