import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Backend, createWasmBackend } from "@llamero/kernels";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { sharedPath } from "../testdata.ts";
import { loadEngine } from "./load-engine.ts";

interface Golden {
  tokens: number[];
  nll_next_tokens: number[];
  greedy_from_first4: number[];
}

const createBackend = (): Promise<Backend> => createWasmBackend({ threads: 1 });

for (const name of ["model-f32.gguf", "model.safetensors", "meta_names.safetensors"]) {
  test(`golden ${name}`, async (t) => {
    const path = sharedPath(`golden/tiny/${name}`);
    if (path === null) return t.skip(`needs ../shared: golden/tiny/${name}`);
    const golden = JSON.parse(readFileSync(sharedPath("golden/tiny/golden.json")!, "utf8")) as Golden;
    await using backend = await createBackend();
    await using loaded = await loadEngine(openCheckpoint(path), { backend, mode: "exact" });
    const scores = await loaded.engine.score(golden.tokens);
    console.log(loaded.plan, backend.live());
    scores.forEach(({ logprob }, i) => {
      assert.ok(Math.abs(-logprob - golden.nll_next_tokens[i]!) < 1e-4, `${i} ${logprob}`);
    });
  });
}
