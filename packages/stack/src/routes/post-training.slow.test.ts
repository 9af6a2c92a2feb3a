import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { toFile } from "openai";
import { writeByteModel, writeJsonLines } from "../../../train/src/tune/fake-model-folder.ts";
import type { PostTrainingArtifacts, PostTrainingStatus } from "../api/post-training.ts";
import { type Served, serveFake } from "../fake-server.ts";
import { until } from "../jobs/fake-jobs.ts";

let home: string;
let earlier: string | undefined;

before(async () => {
  home = mkdtempSync(join(tmpdir(), "llamero-jobs-"));
  earlier = process.env["LLAMERO_HOME"];
  process.env["LLAMERO_HOME"] = home;
  mkdirSync(join(home, "models"));
  await writeByteModel(join(home, "models", "bytes"), 3);
});

after(() => {
  if (earlier === undefined) delete process.env["LLAMERO_HOME"];
  else process.env["LLAMERO_HOME"] = earlier;
  rmSync(home, { recursive: true, force: true });
});

const base = "/v1alpha/post-training";

async function ask(
  { server }: Pick<Served, "server">,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${server.url}${base}${path}`, {
    ...(body !== undefined && {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? null : JSON.parse(text) };
}

async function ended(served: Served, jobUuid: string): Promise<PostTrainingStatus> {
  let status!: PostTrainingStatus;
  await until(async () => {
    status = (await ask(served, `/job/status?job_uuid=${jobUuid}`)).json as PostTrainingStatus;
    return ["completed", "failed", "cancelled"].includes(status.status);
  }, 240);
  return status;
}

const conversation = (answer: string) => ({
  messages: [
    { role: "user", content: "Say it" },
    { role: "assistant", content: answer },
  ],
});

const quick = { learningRate: 0.01, batch: { tokens: 64, length: 128, microTokens: 256 } };

test("a fine-tune runs through HTTP in a process of its own, to a model that another job takes", async (t) => {
  const served = await serveFake(t);
  const lines = Array.from({ length: 24 }, (_, i) => JSON.stringify(conversation(`yes ${i % 3}`))).join("\n");
  const file = await served.client.files.create({
    file: await toFile(Buffer.from(lines), "chat.jsonl"),
    purpose: "fine-tune",
  });
  const request = {
    job_uuid: "tune-1",
    model: "bytes",
    training_config: { n_epochs: 2, data_config: { dataset_id: file.id } },
    recipe: quick,
  };
  const started = await ask(served, "/supervised-fine-tune", request);
  assert.deepEqual(started, { status: 200, json: { job_uuid: "tune-1" } });
  assert.equal((await ask(served, "/supervised-fine-tune", request)).status, 200);
  const other = { ...request, training_config: { ...request.training_config, n_epochs: 3 } };
  assert.equal((await ask(served, "/supervised-fine-tune", other)).status, 409);
  const status = await ended(served, "tune-1");
  assert.equal(status.error, null);
  assert.equal(status.status, "completed");
  assert.ok(status.progress!.steps > 2);
  assert.equal(status.progress!.step, status.progress!.steps);
  assert.ok(status.progress!.loss! < 5);
  assert.ok(status.checkpoints.length > 0);
  const { artifacts } = (await ask(served, "/job/artifacts?job_uuid=tune-1")).json as PostTrainingArtifacts;
  assert.equal(artifacts[0]!.kind, "model");
  assert.ok(existsSync(join(artifacts[0]!.path, "model.safetensors")));

  const pairs = Array.from({ length: 8 }, () => ({
    prompt: "Say it",
    chosen: "yes 0",
    rejected: "no",
  }));
  const dataset = await fetch(`${served.server.url}/v1beta/datasets`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      dataset_id: "pairs",
      purpose: "post-training/messages",
      source: { type: "rows", rows: pairs },
    }),
  });
  assert.equal(dataset.status, 200);
  const preferred = await ask(served, "/preference-optimize", {
    job_uuid: "dpo-1",
    finetuned_model: "tune-1",
    algorithm_config: { beta: 0.2 },
    training_config: { n_epochs: 1, data_config: { dataset_id: "pairs", batch_size: 4 } },
    recipe: { batch: { length: 128, microTokens: 256 } },
  });
  assert.equal(preferred.status, 200, JSON.stringify(preferred.json));
  assert.equal((await ended(served, "dpo-1")).error, null);
  const { json } = await ask(served, "/jobs");
  assert.deepEqual(json, { data: [{ job_uuid: "tune-1" }, { job_uuid: "dpo-1" }] });
  assert.deepEqual(served.errors, []);
});

test("continual pre-training reads a file of the data folder; a cancel ends a run at a checkpoint", async (t) => {
  const dataFolder = join(home, "data");
  const texts = Array.from({ length: 60 }, (_, i) => ({
    text: `The sea is wide, and number ${i} is no land at all.`,
  }));
  writeJsonLines(dataFolder, "texts.jsonl", texts);
  const served = await serveFake(t, {}, { dataFolder });
  const request = {
    job_uuid: "more-1",
    model: "bytes",
    training_config: { data_config: { dataset_id: "texts.jsonl" } },
    recipe: { batch: { steps: 3, length: 32, tokens: 64, microTokens: 64 } },
  };
  assert.equal((await ask(served, "/continual-pre-training", request)).status, 200);
  const status = await ended(served, "more-1");
  assert.equal(status.error, null);
  assert.equal(status.progress!.step, 3);
  const long = {
    ...request,
    job_uuid: "more-2",
    recipe: { batch: { ...request.recipe.batch, steps: 3000 } },
  };
  assert.equal((await ask(served, "/continual-pre-training", long)).status, 200);
  await until(async () => {
    const { progress } = (await ask(served, "/job/status?job_uuid=more-2")).json as PostTrainingStatus;
    return (progress?.step ?? 0) > 0;
  }, 240);
  assert.equal((await ask(served, "/job/cancel", { job_uuid: "more-2" })).status, 204);
  const cancelled = await ended(served, "more-2");
  assert.equal(cancelled.status, "cancelled");
  assert.ok(cancelled.checkpoints.length > 0);
  assert.equal((await ask(served, "/job/cancel", { job_uuid: "more-2" })).status, 204);
  assert.deepEqual(served.errors, []);
});

test("a run that cannot be says why", async (t) => {
  const served = await serveFake(t);
  const file = await served.client.files.create({
    file: await toFile(Buffer.from('{"messages": 3}\n'), "bad.jsonl"),
    purpose: "fine-tune",
  });
  const started = await ask(served, "/supervised-fine-tune", {
    job_uuid: "bad-1",
    model: "bytes",
    training_config: { data_config: { dataset_id: file.id } },
  });
  assert.equal(started.status, 200);
  const status = await ended(served, "bad-1");
  assert.equal(status.status, "failed");
  assert.match(status.error!.message, /messages/);
  assert.deepEqual(served.errors, []);
});

/** Ids of the training processes of this one; Linux only. */
function trainingProcesses(): number[] {
  const own = `/proc/${process.pid}/task`;
  return readdirSync(own)
    .flatMap((thread) =>
      readFileSync(join(own, thread, "children"), "utf8")
        .trim()
        .split(" "),
    )
    .filter((id) => id !== "" && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("training-process"))
    .map(Number);
}

test("a run whose process is killed goes on at its checkpoint, and the server does not notice", async (t) => {
  if (process.platform !== "linux") return t.skip("needs /proc");
  const served = await serveFake(t);
  const lines = Array.from({ length: 24 }, (_, i) => JSON.stringify(conversation(`yes ${i % 3}`))).join("\n");
  const file = await served.client.files.create({
    file: await toFile(Buffer.from(lines), "chat.jsonl"),
    purpose: "fine-tune",
  });
  await ask(served, "/supervised-fine-tune", {
    job_uuid: "killed-1",
    model: "bytes",
    training_config: { n_epochs: 20, data_config: { dataset_id: file.id } },
    recipe: { ...quick, checkpointEvery: 2 },
  });
  let before = 0;
  await until(async () => {
    const status = (await ask(served, "/job/status?job_uuid=killed-1")).json as PostTrainingStatus;
    before = status.progress?.step ?? 0;
    return status.checkpoints.length > 0 && before > 4;
  }, 240);
  const [child] = trainingProcesses();
  process.kill(child!, "SIGKILL");
  const status = await ended(served, "killed-1");
  assert.equal(status.error, null);
  assert.equal(status.progress!.step, status.progress!.steps);
  assert.ok(before < status.progress!.steps);
  assert.deepEqual(served.errors, []);
});
