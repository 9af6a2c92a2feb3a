import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { createReferenceBackend } from "@llamero/kernels";
import { loadEngine } from "../engine/load-engine.ts";
import type { Checkpoint } from "../formats/checkpoint.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { readTensorRows } from "../formats/read-tensor-rows.ts";
import { completeSampling } from "../sample/params.ts";
import { sharedPath } from "../testdata.ts";
import { evaluateProgram } from "./evaluate-program.ts";
import { llamaProgram } from "./llama.ts";

interface Rows {
  row0: number[];
  last: number[];
}

/** Outputs of a random Llama, computed in f64. */
interface Golden {
  tokens: number[];
  logits_last: number[];
  argmax_each: number[];
  logits_row0_first16: number[];
  h_after_layer_0: Rows;
  h_after_layer_1: Rows;
  nll_next_tokens: number[];
  greedy_from_first4: number[];
}

const files = ["model-f32.gguf", "model.safetensors", "meta_names.safetensors"];

/** The golden values and a checkpoint, or null after skipping. */
function open(t: TestContext, name: string): { golden: Golden; checkpoint: Checkpoint } | null {
  const path = sharedPath(`golden/tiny/${name}`);
  const goldenPath = sharedPath("golden/tiny/golden.json");
  if (path === null || goldenPath === null) {
    t.skip(`needs ../shared: golden/tiny/${name}`);
    return null;
  }
  return { golden: JSON.parse(readFileSync(goldenPath, "utf8")) as Golden, checkpoint: openCheckpoint(path) };
}

function assertClose(got: ArrayLike<number>, want: readonly number[], tolerance: number, what: string): void {
  want.forEach((value, i) => {
    assert.ok(Math.abs(got[i]! - value) <= tolerance, `${what} ${i}: ${got[i]} instead of ${value}`);
  });
}

const argmax = (row: readonly number[]): number => row.indexOf(Math.max(...row));

function nextTokenNll(logits: readonly number[], target: number): number {
  const max = Math.max(...logits);
  return max + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0)) - logits[target]!;
}

for (const name of files) {
  test(`llamaProgram means the golden hidden states, logits and NLL of ${name}`, (t) => {
    const opened = open(t, name);
    if (opened === null) return;
    const { golden, checkpoint } = opened;
    const program = llamaProgram(checkpoint.config, checkpoint.ropeLayout);
    const weights = program.weights.map(({ name: tensor, rows }) =>
      readTensorRows(checkpoint.tensors.get(tensor)!, 0, rows),
    );
    const values = evaluateProgram(program, (slot) => weights[slot]!, golden.tokens);
    const last = golden.tokens.length - 1;
    const layerEnds = program.ops
      .flatMap(({ op }, id) => (op === "add" ? [id] : []))
      .filter((_, i) => i % 2 === 1);
    for (const layer of [0, 1] as const) {
      const want = golden[`h_after_layer_${layer}`];
      const got = values[layerEnds[layer]!]!;
      assertClose(got[0]!, want.row0, 1e-4, `layer ${layer} row 0`);
      assertClose(got[last]!, want.last, 1e-4, `layer ${layer} last row`);
    }
    const logits = values[program.outputs["logits"]!]!;
    assertClose(logits[last]!, golden.logits_last, 1e-4, "last logits");
    assertClose(logits[0]!, golden.logits_row0_first16, 1e-4, "logits of row 0");
    const nll = golden.tokens.slice(1).map((token, i) => nextTokenNll([...logits[i]!], token));
    assertClose(nll, golden.nll_next_tokens, 1e-4, "NLL");
    assert.deepEqual(
      logits.map((row) => argmax([...row])),
      golden.argmax_each,
    );
  });

  test(`Engine scores and continues ${name} as the golden values say`, async (t) => {
    const opened = open(t, name);
    if (opened === null) return;
    const { golden, checkpoint } = opened;
    await using backend = createReferenceBackend();
    await using loaded = await loadEngine(checkpoint, { backend, mode: "exact", context: 64, batch: 1 });
    const scores = await loaded.engine.score(golden.tokens, { topLogprobs: 1 });
    // Rounding K and V to f16 moves the log-probabilities of this random model by up to 3e-3.
    assertClose(
      scores.map(({ logprob }) => -logprob),
      golden.nll_next_tokens,
      5e-3,
      "NLL",
    );
    assert.deepEqual(
      scores.map(({ top }) => top[0]!.token),
      golden.argmax_each.slice(0, -1),
    );
    const tokens: number[] = [];
    const sampling = completeSampling({ temperature: 0 });
    const promptIds = golden.tokens.slice(0, 4);
    const request = { promptIds, maxTokens: 12, sampling, stopIds: [], topLogprobs: 0 };
    for await (const event of loaded.engine.generate(request)) {
      if (event.type === "token") tokens.push(event.token);
    }
    assert.deepEqual(tokens, golden.greedy_from_first4);
  });
}
