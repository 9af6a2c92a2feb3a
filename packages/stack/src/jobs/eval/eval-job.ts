import { createHash } from "node:crypto";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { Sample, TaskEntry, TaskResult } from "@llamero/eval";
import type { BenchmarkConfig, EvaluateResponse } from "../../api/eval-jobs.ts";
import type { Json } from "../../api/json.ts";
import type { Benchmark, Dataset } from "../../api/registry.ts";
import { readRows } from "../../datasets/read-rows.ts";
import { getRegistered } from "../../routes/registry.ts";
import { toJson } from "../../routes/stored-objects.ts";
import { defineJobKind, type JobContext, JobError, type JobKind } from "../job.ts";
import { generateRows, scoreAnswers } from "./evaluate-rows.ts";
import { servedGenerator } from "./served-generator.ts";

export interface EvalInput {
  benchmark_id: string;
  config: BenchmarkConfig;
}

export interface EvalState {
  /** Answers so far, of a registered benchmark. */
  answers: string[];
  numDone: number;
  numItems: number;
  result: EvaluateResponse | null;
}

type Context = JobContext<EvalInput, EvalState>;

const saveEveryMs = 1000;

/** Evaluation of a served model by a registered benchmark or by a task of ours. */
export const evalJob: JobKind = defineJobKind<EvalInput, EvalState>({
  name: "eval",
  maxRunning: 1,
  async run(context) {
    context.signal.throwIfAborted();
    const { input, owner, services } = context;
    const state: EvalState = context.state ?? { answers: [], numDone: 0, numItems: 0, result: null };
    const found = await services.store.get<Json>("benchmark", input.benchmark_id, owner);
    state.result =
      found === null
        ? await runOwnTask(context, state)
        : await runBenchmark(context, state, found.value as unknown as Benchmark);
    state.answers = [];
    return state;
  },
});

async function runBenchmark(
  context: Context,
  state: EvalState,
  benchmark: Benchmark,
): Promise<EvaluateResponse> {
  const { input, owner, services, signal } = context;
  const { config } = input;
  const dataset = await getRegistered<Dataset>(services.store, "dataset", benchmark.dataset_id, owner);
  const all = await readRows(services.store, dataset, owner, services.dataFolder);
  const rows = all.slice(0, config.num_examples ?? all.length);
  if (rows.length === 0) throw new JobError("no_data", `The dataset ${benchmark.dataset_id} has no rows`);
  state.numItems = rows.length;
  const answers = await generateRows(services, rows, config, {
    signal,
    done: state.answers,
    onWave: async (sofar) => {
      state.answers = sofar;
      state.numDone = sofar.length;
      await context.save(state);
    },
  });
  return await scoreAnswers(services, rows, answers, {
    functions: benchmark.scoring_functions,
    params: config.scoring_params,
    owner,
    signal,
  });
}

async function runOwnTask(context: Context, state: EvalState): Promise<EvaluateResponse> {
  const { id, owner, input, services, signal } = context;
  const { dataFolder, readTaskData, runTask, tasks } = await import("@llamero/eval");
  const task = tasks.get(input.benchmark_id);
  if (task === undefined)
    throw new JobError("not_found", `There is no benchmark ${input.benchmark_id} any more`);
  const found = services.models.find(input.config.eval_candidate.model);
  const generator = await servedGenerator(found, signal);
  const generate = { contextLimit: generator.contextLimit };
  const data = await readTaskData(task, dataFolder(), { generate }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== "MissingDataError") throw error;
    throw new JobError("no_data", error.message);
  });
  let savedAt = 0;
  const mark = createHash("sha256").update(`${owner}\n${id}`).digest("hex").slice(0, 24);
  const { result, samples } = await withSandbox(task, async (sandbox) =>
    runTask(task, data, generator, {
      ...sandbox,
      limit: input.config.num_examples ?? null,
      // What is done is there again after a restart.
      workFolder: join(homeFolder(), "jobs", mark),
      signal,
      onProgress: ({ numDone, numItems }) => {
        state.numDone = numDone;
        state.numItems = numItems;
        if (Date.now() - savedAt < saveEveryMs) return;
        savedAt = Date.now();
        context.save(state).catch((error: unknown) => {
          if (!signal.aborted) services.onError(error);
        });
      },
    }),
  );
  return toResponse(result, samples);
}

type SandboxOptions = Pick<NonNullable<Parameters<typeof import("@llamero/eval").runTask>[3]>, "runCode">;

async function withSandbox<T>({ kind }: TaskEntry, run: (options: SandboxOptions) => Promise<T>): Promise<T> {
  if (kind !== "code") return await run({});
  const { createSandbox, sandboxRunCode } = await import("@llamero/eval/sandbox");
  await using sandbox = await createSandbox();
  return await run({ runCode: sandboxRunCode(sandbox) });
}

function toResponse(result: TaskResult, samples: readonly Sample[]): EvaluateResponse {
  const generations = samples.map(({ index, outcome, error }) => ({
    index,
    generated_answer: outcome?.answer ?? null,
    expected_answer: outcome?.expected ?? null,
    error,
  }));
  const scores = Object.entries(result.scores).map(([name, { value, standardError, interval, numItems }]) => [
    name,
    {
      score_rows: samples.map(({ outcome }) => ({ score: outcome?.scores[name] ?? null })),
      aggregated_results: {
        value,
        standard_error: standardError,
        interval: interval === null ? null : [...interval],
        num_items: numItems,
        num_errors: result.numErrors,
      },
    },
  ]);
  return toJson({ generations, scores: Object.fromEntries(scores) }) as unknown as EvaluateResponse;
}
