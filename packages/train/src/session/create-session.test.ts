import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { createReferenceTraining, type TrainBatch } from "@llamero/kernels";
import { chooseTrainBackend } from "./choose-backend.ts";
import { createSession } from "./create-session.ts";
import { optimizer, type RunFigures, ruledBatch, runSession, smallConfig } from "./fake-run.ts";
import { randomParams } from "./model-params.ts";
import type { SessionOptions, TrainSession } from "./session.ts";

const backend = createReferenceTraining();
const model = randomParams({ ...smallConfig, numHiddenLayers: 1 }, 1);
const options: SessionOptions = {
  model,
  head: "next-token",
  seed: 2,
  maxRows: 24,
  maxOutputs: 24,
  optimizer,
  trainable: true,
};
const lora = { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] };
const batch = ruledBatch(0, smallConfig.vocabSize, 20);
const other = ruledBatch(1, smallConfig.vocabSize, 20);

async function learn(session: TrainSession, from: TrainBatch, weight = 1): Promise<number> {
  const rowLoss = await session.forward(from);
  await session.backward(new Float32Array(rowLoss.length).fill(weight / rowLoss.length));
  return rowLoss.reduce((sum, loss) => sum + loss, 0) / rowLoss.length;
}

const copyOf = (tensors: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...tensors].map(([name, values]) => [name, values.slice()]));

test("createSession learns on copies: the model given stays as it is", async () => {
  const before = copyOf(model.values);
  await using session = createSession(options, backend);
  const first = await learn(session, batch);
  for (let step = 0; step < 5; step++) {
    session.update(0.01);
    await learn(session, batch);
  }
  assert.ok((await learn(session, batch)) < first);
  assert.deepEqual(copyOf(model.values), before);
  assert.notDeepEqual(session.model().values.get("model.norm.weight"), before.get("model.norm.weight"));
  assert.deepEqual([...session.model().values.keys()], [...before.keys()]);
});

test("Session.update adds up micro-batches, scales them, gives the norm before clipping and zeroes gradients", async () => {
  await using session = createSession(options, backend);
  await learn(session, batch, 2);
  await learn(session, other, 2);
  const norm = session.gradientNorm();
  const { gradientNorm } = session.update(1e-3, 0.5);
  assert.ok(Math.abs(gradientNorm - norm / 2) < 1e-9);
  assert.equal(session.gradientNorm(), 0);
  assert.equal(session.step, 1);
  await using half = createSession(options, backend);
  await learn(half, batch);
  await learn(half, other);
  assert.ok(Math.abs(half.gradientNorm() - gradientNorm) < 1e-6);
});

test("Session.update clips the whole gradient to clipNorm", async () => {
  const clipped = createSession(
    { ...options, optimizer: { ...optimizer, clipNorm: 0.01, weightDecay: 0 } },
    backend,
  );
  await learn(clipped, batch);
  clipped.update(1e-3);
  let sum = 0;
  for (const [name, values] of clipped.state().tensors) {
    if (name.startsWith("moment1/")) sum += backend.sumOfSquares(values);
  }
  assert.ok(Math.abs(Math.sqrt(sum) / (1 - optimizer.beta1) - 0.01) < 1e-6);
});

test("Session.update decays matrices and no norms", async () => {
  const still = { ...optimizer, weightDecay: 0.5 };
  await using session = createSession({ ...options, optimizer: still }, backend);
  session.update(0.1);
  assert.deepEqual(session.model().values.get("model.norm.weight"), model.values.get("model.norm.weight"));
  const name = "model.layers.0.self_attn.q_proj.weight";
  const decayed = model.values.get(name)!.map((value) => Math.fround(value - 0.1 * 0.5 * value));
  assert.deepEqual(session.model().values.get(name), decayed);
});

const machine = chooseTrainBackend({ threads: 2 }).backend;
after(() => machine[Symbol.asyncDispose]());

for (const each of new Set([backend, machine])) {
  test(`createSession takes the ten steps that PyTorch takes (${each.name})`, async () => {
    const golden = JSON.parse(
      readFileSync(new URL("./torch-golden.json", import.meta.url), "utf8"),
    ) as RunFigures;
    const figures = await runSession({ config: smallConfig, steps: 10 }, each);
    for (const key of ["losses", "norms"] as const) {
      for (const [step, value] of golden[key].entries()) {
        assert.ok(
          Math.abs(figures[key][step]! - value) < 1e-4 * value,
          `${key} of step ${step}: ${figures[key][step]}`,
        );
      }
    }
  });

  test(`Session.restore goes on bit for bit (${each.name})`, async () => {
    await using first = createSession(options, each);
    await learn(first, batch);
    first.update(0.01);
    const saved = { step: first.step, tensors: copyOf(first.state().tensors) };
    await using second = createSession({ ...options, model: randomParams(model.config, 9) }, each);
    await learn(second, other);
    second.restore(saved);
    for (const session of [first, second]) {
      await learn(session, other);
      session.update(0.01);
    }
    assert.equal(second.step, 2);
    assert.deepEqual(second.state(), first.state());
  });
}

test("A session's weights do not depend on the number of threads", async (t) => {
  if (machine.name === "reference") return t.skip("needs the native addon");
  await using one = chooseTrainBackend({ threads: 1 }).backend;
  const states = [];
  for (const each of [one, machine]) {
    await using session = createSession(options, each);
    for (const from of [batch, other]) {
      await learn(session, from);
      session.update(0.01);
    }
    states.push(copyOf(session.state().tensors));
  }
  assert.deepEqual(states[0], states[1]);
});

test("Session.restore names the tensor that does not fit, and changes nothing", async () => {
  await using session = createSession(options, backend);
  const before = copyOf(session.state().tensors);
  const name = "moment2/model.norm.weight";
  const tensors = new Map([...copyOf(before)].map(([key, values]) => [key, values.fill(1)]));
  assert.throws(
    () => session.restore({ step: 3, tensors: new Map(tensors).set(name, new Float32Array(3)) }),
    /State has 3 values of moment2\/model.norm.weight; the session needs 32/,
  );
  assert.throws(
    () => session.restore({ step: 3, tensors: new Map(tensors).set("value/other", new Float32Array(3)) }),
    /State has value\/other, which this session does not train/,
  );
  assert.deepEqual(copyOf(session.state().tensors), before);
  assert.equal(session.step, 0);
});

test("Session.update refuses a gradient that is no number and keeps the weights", async () => {
  await using session = createSession(options, backend);
  await learn(session, batch, Number.NaN);
  const before = copyOf(session.state().tensors);
  assert.throws(() => session.update(0.1), /Step 1 has gradient norm NaN .* nothing was updated/);
  assert.deepEqual(copyOf(session.state().tensors), before);
  assert.equal(session.step, 0);
});

test("A session with an adapter starts as the model, trains the adapter alone and shares the model's memory", async () => {
  await using plain = createSession({ ...options, trainable: false }, backend);
  await using session = createSession({ ...options, lora }, backend);
  assert.deepEqual(await session.forward(batch), await plain.forward(batch));
  assert.equal(session.trainableCount, 2 * (32 + 32) + 2 * (48 + 32));
  assert.equal(session.parameterCount, plain.parameterCount + session.trainableCount);
  const first = await learn(session, batch);
  for (let step = 0; step < 8; step++) {
    session.update(0.02);
    await learn(session, batch);
  }
  assert.ok((await learn(session, batch)) < first);
  for (const [name, values] of session.model().values) assert.equal(values, model.values.get(name));
  const target = "model.layers.0.self_attn.q_proj.weight";
  assert.equal(session.adapter().size, 4);
  assert.equal(session.adapter().get(`${target}.lora_A`)!.length, 2 * 32);
  assert.deepEqual([...session.state().tensors.keys()].slice(0, 3), [
    `value/${target}.lora_A`,
    `moment1/${target}.lora_A`,
    `moment2/${target}.lora_A`,
  ]);
});

test("A session with a score head learns to tell sequences apart without targets", async () => {
  const none = { targetIds: new Int32Array(0), targetProbs: new Float32Array(0) };
  const scored = { ...batch, ...none, outputRows: Int32Array.of(4, 19) };
  await using session = createSession({ ...options, head: "score" }, backend);
  const [good, bad] = await session.forward(scored);
  for (let step = 0; step < 5; step++) {
    await session.forward(scored);
    await session.backward(Float32Array.of(-1, 1));
    session.update(0.01);
  }
  const [better, worse] = await session.forward(scored);
  assert.ok(better! - worse! > good! - bad! + 0.5);
  assert.equal(session.model().values.get("score.weight")!.length, 32);
});

test("A session that is not trainable has no gradients", async () => {
  await using session = createSession({ ...options, trainable: false }, backend);
  await session.forward(batch);
  assert.equal(session.trainableCount, 0);
  assert.equal(session.state().tensors.size, 0);
  await assert.rejects(session.backward(new Float32Array(16)), /not trainable, so it has no backward/);
  assert.throws(() => session.update(0.1), /not trainable/);
});

test("createSession names a weight that is missing or of another size", () => {
  const name = "model.layers.0.mlp.up_proj.weight";
  const without = (change: Float32Array | null): SessionOptions => {
    const values = new Map(model.values);
    if (change === null) values.delete(name);
    else values.set(name, change);
    return { ...options, model: { ...model, values } };
  };
  assert.throws(
    () => createSession(without(null), backend),
    /Model has no parameter .*up_proj.weight \[48, 32\]/,
  );
  assert.throws(() => createSession(without(new Float32Array(5)), backend), /up_proj.weight has 5 values/);
});

test("chooseTrainBackend gives the reference when asked, and says why it is not the native one otherwise", async () => {
  const asked = chooseTrainBackend({ backend: "reference" });
  assert.deepEqual([asked.backend.name, asked.degradations], ["reference", []]);
  const { backend: chosen, degradations } = chooseTrainBackend({ threads: 1 });
  await using _ = chosen;
  assert.equal(degradations.length, chosen.name === "reference" ? 1 : 0);
});
