import {
  type EvalJob,
  evalJobSchema,
  evaluateResponseSchema,
  evaluateRowsSchema,
  runEvalSchema,
} from "../api/eval-jobs.ts";
import type { Json } from "../api/json.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import type { EvalInput, EvalState } from "../jobs/eval/eval-job.ts";
import { generateRows, messagesOf, scoreAnswers } from "../jobs/eval/evaluate-rows.ts";
import type { StoredJob } from "../jobs/job.ts";
import { getJob } from "../jobs/job-store.ts";
import { jobsOf } from "../jobs/jobs-of.ts";
import type { Store } from "../store/store.ts";
import type { RouteServices } from "./services.ts";
import { newId, notFound, toJson } from "./stored-objects.ts";

const common = { tag: "Eval", level: "experimental" } as const;
const base = "/v1alpha/eval/benchmarks/{benchmark_id}";
const one = `${base}/jobs/{job_id}`;

/** A benchmark is one that was registered, or a task of ours by its name. */
async function checkBenchmark({ store }: RouteServices, id: string, owner: string): Promise<void> {
  if ((await store.get<Json>("benchmark", id, owner)) !== null) return;
  const { tasks } = await import("@llamero/eval");
  if (!tasks.has(id)) throw notFound("benchmark", id);
}

async function findJob(
  store: Store,
  params: Readonly<Record<string, string>>,
  owner: string,
): Promise<StoredJob> {
  const id = params["job_id"]!;
  const job = id.startsWith("eval-") ? await getJob(store, id, owner) : null;
  const input = job?.record.input as unknown as EvalInput | undefined;
  if (job !== null && input?.benchmark_id === params["benchmark_id"]) return job;
  throw notFound("evaluation job", id);
}

const toWire = ({ id, record }: StoredJob): EvalJob => ({ job_id: id, status: record.status });

/** Evaluations of served models. */
export const evalJobRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/jobs`,
    summary: "Evaluate a model by a benchmark, as a job",
    body: runEvalSchema,
    response: evalJobSchema,
    async handle({ params, body, owner }, services) {
      const benchmark_id = params["benchmark_id"]!;
      await checkBenchmark(services, benchmark_id, owner);
      services.models.find(body.benchmark_config.eval_candidate.model);
      const input: EvalInput = { benchmark_id, config: body.benchmark_config };
      const id = newId("eval-");
      return toWire(await jobsOf(services).enqueue({ kind: "eval", id, owner, input: toJson(input) }));
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: one,
    summary: "Get how far an evaluation is",
    response: evalJobSchema,
    handle: async ({ params, owner }, { store }) => toWire(await findJob(store, params, owner)),
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: one,
    summary: "Cancel an evaluation",
    response: null,
    async handle({ params, owner }, services) {
      await jobsOf(services).cancel(await findJob(services.store, params, owner));
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${one}/result`,
    summary: "Get the result of an evaluation",
    response: evaluateResponseSchema,
    async handle({ params, owner }, { store }) {
      const { id, record } = await findJob(store, params, owner);
      const result = (record.state as unknown as EvalState | null)?.result ?? null;
      if (record.status === "completed" && result !== null) return result;
      const why = record.error === null ? "" : `: ${record.error.message}`;
      throw new HttpError(409, `The evaluation ${id} has no result; it is ${record.status}${why}`, {
        code: record.error?.code ?? "not_completed",
      });
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/evaluations`,
    summary: "Evaluate a model on rows, at once",
    body: evaluateRowsSchema,
    response: evaluateResponseSchema,
    async handle({ params, body, owner, context }, services) {
      await checkBenchmark(services, params["benchmark_id"]!, owner);
      const { benchmark_config: config, scoring_functions: functions } = body;
      const rows = body.input_rows.slice(0, config.num_examples ?? body.input_rows.length);
      for (const [index, row] of rows.entries()) messagesOf(row, index);
      return await runRequest(context, { ended: services.ended, param: "input_rows" }, async (signal) => {
        const answers = await generateRows(services, rows, config, {
          signal,
          done: [],
          onWave: async () => {},
        });
        return await scoreAnswers(services, rows, answers, {
          functions,
          params: config.scoring_params,
          owner,
          signal,
        });
      });
    },
  }),
];
