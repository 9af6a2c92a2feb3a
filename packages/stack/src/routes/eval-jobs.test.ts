import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { tasks } from "@llamero/eval";
import type { EvalJob, EvaluateResponse } from "../api/eval-jobs.ts";
import { type Served, serveFake } from "../fake-server.ts";
import type { FakeTextModelOptions } from "../fake-text-model.ts";
import { until } from "../jobs/fake-jobs.ts";

async function ask(
  { server }: Served,
  path: string,
  body?: unknown,
  method = body === undefined ? "GET" : "POST",
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, json: text === "" ? null : JSON.parse(text) };
}

const capitals = [
  { input_query: "Paris", expected_answer: "Echo: Paris" },
  { input_query: "Rome", expected_answer: "Berlin" },
  { chat_completion_input: '[{"role": "user", "content": "Oslo"}]', expected_answer: "Echo: Oslo" },
];

const candidate = { type: "model", model: "fake", sampling_params: { strategy: { type: "greedy" } } };

async function serveCapitals(t: TestContext, options: FakeTextModelOptions = {}): Promise<Served> {
  const served = await serveFake(t, options);
  await ask(served, "/v1beta/datasets", {
    dataset_id: "capitals",
    purpose: "eval/question-answer",
    source: { type: "rows", rows: capitals },
  });
  const benchmark = { benchmark_id: "geo", dataset_id: "capitals", scoring_functions: ["basic::equality"] };
  assert.ok((await ask(served, "/v1alpha/eval/benchmarks", benchmark)).status < 300);
  return served;
}

const base = "/v1alpha/eval/benchmarks/geo";

async function ended(served: Served, path: string): Promise<EvalJob> {
  let job!: EvalJob;
  await until(async () => {
    job = (await ask(served, path)).json as EvalJob;
    return ["completed", "failed", "cancelled"].includes(job.status);
  });
  return job;
}

test("an evaluation job asks the rows of a benchmark and scores the answers", async (t) => {
  const served = await serveCapitals(t);
  const { json } = await ask(served, `${base}/jobs`, { benchmark_config: { eval_candidate: candidate } });
  const { job_id: id } = json as EvalJob;
  assert.equal((await ended(served, `${base}/jobs/${id}`)).status, "completed");
  const { generations, scores } = (await ask(served, `${base}/jobs/${id}/result`)).json as EvaluateResponse;
  assert.deepEqual(
    generations.map(({ generated_answer }) => generated_answer),
    ["Echo: Paris", "Echo: Rome", "Echo: Oslo"],
  );
  assert.deepEqual(
    scores["basic::equality"]!.score_rows.map(({ score }) => score),
    [1, 0, 1],
  );
  assert.ok(served.model.calls.every(({ options }) => options.sampling?.temperature === 0));
  assert.equal((await ask(served, `/v1alpha/eval/benchmarks/other/jobs/${id}`)).status, 404);
  assert.deepEqual(served.errors, []);
});

test("evaluations of rows answer at once, and refuse rows without a question", async (t) => {
  const served = await serveCapitals(t);
  const body = {
    input_rows: capitals,
    scoring_functions: ["basic::subset_of"],
    benchmark_config: { eval_candidate: candidate, num_examples: 2 },
  };
  const { json } = await ask(served, `${base}/evaluations`, body);
  const { generations, scores } = json as EvaluateResponse;
  assert.equal(generations.length, 2);
  assert.equal(scores["basic::subset_of"]!.score_rows[0]!["score"], 1);
  const empty = await ask(served, `${base}/evaluations`, { ...body, input_rows: [{ expected_answer: "x" }] });
  assert.equal(empty.status, 400);
  const agent = { type: "agent", config: {} };
  const wrong = { ...body, benchmark_config: { eval_candidate: agent } };
  assert.equal((await ask(served, `${base}/evaluations`, wrong)).status, 400);
  const unknown = { ...body, benchmark_config: { eval_candidate: { ...candidate, model: "none" } } };
  assert.equal((await ask(served, `${base}/evaluations`, unknown)).status, 404);
});

test("an evaluation can be cancelled; it has no result then", async (t) => {
  const served = await serveCapitals(t, { delayMs: 20, reply: () => "word ".repeat(5000) });
  const { json } = await ask(served, `${base}/jobs`, { benchmark_config: { eval_candidate: candidate } });
  const { job_id: id } = json as EvalJob;
  assert.equal((await ask(served, `${base}/jobs/${id}`, undefined, "DELETE")).status, 204);
  assert.equal((await ended(served, `${base}/jobs/${id}`)).status, "cancelled");
  assert.equal((await ask(served, `${base}/jobs/${id}/result`)).status, 409);
  assert.equal(
    (
      await ask(served, "/v1alpha/eval/benchmarks/none/jobs", {
        benchmark_config: { eval_candidate: candidate },
      })
    ).status,
    404,
  );
});

test("an evaluation job runs a task of ours by its name, and says when its data is not there", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "llamero-eval-"));
  const earlier = process.env["LLAMERO_HOME"];
  process.env["LLAMERO_HOME"] = home;
  t.after(() => {
    if (earlier === undefined) delete process.env["LLAMERO_HOME"];
    else process.env["LLAMERO_HOME"] = earlier;
    rmSync(home, { recursive: true, force: true });
  });
  const name = "gsm8k";
  const served = await serveFake(t, { reply: () => "It is 5. #### 5\nThe answer is 5" });
  const path = `/v1alpha/eval/benchmarks/${name}/jobs`;
  const body = { benchmark_config: { eval_candidate: candidate, num_examples: 2 } };
  const first = ((await ask(served, path, body)).json as EvalJob).job_id;
  assert.equal((await ended(served, `${path}/${first}`)).status, "failed");
  const refused = (await ask(served, `${path}/${first}/result`)).json as { error: { code: string } };
  assert.equal(refused.error.code, "no_data");
  const { source } = tasks.get(name)!;
  const rows = Array.from({ length: 12 }, (_, i) => ({
    question: `What is ${i} plus ${i}?`,
    answer: `#### ${i + i}`,
  }));
  for (const patterns of Object.values(source.splits)) {
    const file = join(home, "eval", patterns[0]!.replace("*", "jsonl"));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }
  const second = ((await ask(served, path, body)).json as EvalJob).job_id;
  assert.equal((await ended(served, `${path}/${second}`)).status, "completed");
  const result = (await ask(served, `${path}/${second}/result`)).json as EvaluateResponse;
  assert.equal(result.generations.length, 2);
  assert.ok(Object.values(result.scores).every(({ score_rows: list }) => list.length === 2));
});
