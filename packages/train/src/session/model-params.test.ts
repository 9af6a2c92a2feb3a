import assert from "node:assert/strict";
import { test } from "node:test";
import { type Checkpoint, loadEngine } from "@llamero/core";
import { createReferenceBackend, createReferenceTraining, rowBytes, weightFormats } from "@llamero/kernels";
import { createSession } from "./create-session.ts";
import { optimizer, smallConfig } from "./fake-run.ts";
import { checkpointFromParams, paramsFromCheckpoint, randomParams } from "./model-params.ts";

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length - mean(values) ** 2);

test("randomParams draws the same numbers for a seed, and others for another", () => {
  const name = "model.layers.1.mlp.gate_proj.weight";
  const [one, again, other] = [1, 1, 2].map((seed) => randomParams(smallConfig, seed).values.get(name)!);
  assert.deepEqual(one, again);
  assert.notDeepEqual(one, other);
  assert.notDeepEqual(one, randomParams(smallConfig, 1).values.get("model.layers.0.mlp.gate_proj.weight"));
});

test("randomParams has deviation 0.02, less where the residual stream is added to, and norms 1", () => {
  const { values } = randomParams(smallConfig, 3);
  const residual = 0.02 / Math.sqrt(4);
  for (const [part, wanted] of Object.entries({
    "self_attn.q_proj": 0.02,
    "mlp.up_proj": 0.02,
    "self_attn.o_proj": residual,
    "mlp.down_proj": residual,
  })) {
    const drawn = values.get(`model.layers.0.${part}.weight`)!;
    assert.ok(Math.abs(deviation(drawn) / wanted - 1) < 0.08, `${part}: ${deviation(drawn)}`);
    assert.ok(Math.abs(mean(drawn)) < wanted / 5);
  }
  assert.ok(values.get("model.norm.weight")!.every((value) => value === 1));
});

test("checkpointFromParams and paramsFromCheckpoint are inverse in f32, and share memory", () => {
  const params = randomParams({ ...smallConfig, tieWordEmbeddings: false }, 4, "adjacent");
  const checkpoint = checkpointFromParams(params, { name: "mine", eosTokenIds: [3] });
  const back = paramsFromCheckpoint(checkpoint);
  assert.deepEqual(back, params);
  assert.deepEqual(
    [checkpoint.name, checkpoint.ropeLayout, checkpoint.eosTokenIds],
    ["mine", "adjacent", [3]],
  );
  params.values.get("model.norm.weight")![0] = 5;
  assert.equal(paramsFromCheckpoint(checkpoint).values.get("model.norm.weight")![0], 5);
});

test("checkpointFromParams rounds matrices to bf16 and leaves norms", () => {
  const params = randomParams(smallConfig, 4);
  params.values.get("model.norm.weight")![0] = 1.001;
  const { values } = paramsFromCheckpoint(checkpointFromParams(params, { format: "bf16" }));
  const exact = params.values.get("model.embed_tokens.weight")!;
  const rounded = values.get("model.embed_tokens.weight")!;
  assert.ok(exact.every((value, i) => Math.abs(rounded[i]! - value) <= Math.abs(value) / 256));
  assert.notDeepEqual(rounded, exact);
  assert.equal(values.get("model.norm.weight")![0], Math.fround(1.001));
});

test("paramsFromCheckpoint dequantises what is stored", () => {
  const params = randomParams(smallConfig, 4);
  const checkpoint = checkpointFromParams(params);
  const name = "model.layers.0.self_attn.q_proj.weight";
  const bytes = new Uint8Array(32 * rowBytes("q8_0", 32));
  weightFormats.q8_0.quantize(params.values.get(name)!, 0, bytes, 0, 32 * 32);
  const tensors = new Map(checkpoint.tensors).set(name, {
    name,
    shape: [32, 32],
    format: "q8_0",
    data: { kind: "bytes", bytes },
  });
  const { values } = paramsFromCheckpoint({ ...checkpoint, tensors });
  assert.ok(values.get(name)!.every((value, i) => Math.abs(value - params.values.get(name)![i]!) < 5e-4));
  tensors.delete(name);
  assert.throws(() => paramsFromCheckpoint({ ...checkpoint, tensors }), /memory has no tensor .*q_proj/);
});

for (const ropeLayout of ["halves", "adjacent"] as const) {
  test(`A session and the engine agree on a model with ${ropeLayout} layout`, async () => {
    const params = randomParams(smallConfig, 8, ropeLayout);
    for (const [name, values] of params.values) {
      if (!name.includes("norm")) for (let i = 0; i < values.length; i++) values[i]! *= 6;
    }
    const ids = Int32Array.from({ length: 12 }, (_, i) => (i * 17 + 5) % smallConfig.vocabSize);
    const rows = ids.length - 1;
    await using session = createSession(
      {
        model: params,
        head: "next-token",
        seed: 0,
        maxRows: rows,
        maxOutputs: rows,
        optimizer,
        trainable: false,
      },
      createReferenceTraining(),
    );
    const all = Int32Array.from({ length: rows }, (_, i) => i);
    const rowLoss = await session.forward({
      tokens: ids.slice(0, rows),
      positions: all,
      starts: Int32Array.of(0),
      outputRows: all,
      targetIds: ids.slice(1),
      targetProbs: new Float32Array(rows).fill(1),
    });
    const scores = await scoreWithEngine(checkpointFromParams(session.model()), ids);
    for (const [row, loss] of rowLoss.entries()) {
      // The engine keeps keys and values in f16.
      assert.ok(Math.abs(loss + scores[row]!) < 1e-3, `row ${row}: ${loss} is not ${-scores[row]!}`);
    }
  });
}

async function scoreWithEngine(checkpoint: Checkpoint, ids: Int32Array): Promise<number[]> {
  await using backend = createReferenceBackend();
  await using loaded = await loadEngine(checkpoint, { backend, context: 64, mode: "exact" });
  const scored = await loaded.engine.score(ids);
  return scored.map(({ logprob }) => logprob);
}
