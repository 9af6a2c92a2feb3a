import type { Json } from "../api/json.ts";
import {
  continualPretrainSchema,
  fineTuneSchema,
  jobUuidSchema,
  type PostTrainingJob,
  postTrainingArtifactsSchema,
  postTrainingJobListSchema,
  postTrainingJobSchema,
  postTrainingStatusSchema,
  preferenceSchema,
  type TrainingConfig,
} from "../api/post-training.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { checkData } from "../jobs/find-data.ts";
import type { StoredJob } from "../jobs/job.ts";
import { getJob, toJob } from "../jobs/job-store.ts";
import { jobsOf } from "../jobs/jobs-of.ts";
import { findWeights } from "../jobs/training/find-weights.ts";
import { datasetOf, fineTuneRecipe, preferenceRecipe, pretrainRecipe } from "../jobs/training/to-recipe.ts";
import { pretrainTable, tuneTable } from "../jobs/training/training-job.ts";
import { jobIdOf, type TrainingInput, toTrainingStatus } from "../jobs/training/training-state.ts";
import type { Store } from "../store/store.ts";
import type { RouteServices } from "./services.ts";
import { listAll, notFound, toJson } from "./stored-objects.ts";

const common = { tag: "Post Training", level: "experimental" } as const;
const base = "/v1alpha/post-training";

async function findRun(store: Store, jobUuid: string, owner: string): Promise<StoredJob> {
  const job = await getJob(store, jobIdOf(jobUuid), owner);
  if (job === null) throw notFound("post-training job", jobUuid, "job_uuid");
  return job;
}

interface Start {
  job_uuid: string;
  method: TrainingInput["method"];
  model: { name: string; param: string };
  config: TrainingConfig;
  recipe: { [key: string]: Json };
}

/** Checks all that can be checked before the run, and takes it on. */
async function start(services: RouteServices, owner: string, given: Start): Promise<PostTrainingJob> {
  const { job_uuid, method, config, recipe } = given;
  const model = await findWeights(services, { ...given.model, owner });
  const dataset = datasetOf(config);
  const param = "training_config.data_config.dataset_id";
  await checkData(services, { id: dataset.id, owner, param });
  if (dataset.validation !== null) {
    await checkData(services, {
      id: dataset.validation,
      owner,
      param: param.replace("dataset_id", "validation_dataset_id"),
    });
  }
  await checkRecipe(method, recipe, { name: job_uuid, model });
  const input: TrainingInput = {
    job_uuid,
    method,
    model,
    dataset_id: dataset.id,
    validation_dataset_id: dataset.validation,
    epochs: config.n_epochs ?? 1,
    recipe,
  };
  const id = jobIdOf(job_uuid);
  const job = await jobsOf(services).enqueue({ kind: "post-training", id, owner, input: toJson(input) });
  if (JSON.stringify(job.record.input) === JSON.stringify(toJson(input))) return { job_uuid };
  throw new HttpError(409, `job_uuid: There is another job ${job_uuid} already; choose another name`, {
    param: "job_uuid",
    code: "conflict",
  });
}

async function checkRecipe(
  method: TrainingInput["method"],
  recipe: { [key: string]: Json },
  { name, model }: { name: string; model: string },
): Promise<void> {
  const source = { owner: "recipe", folder: "/" };
  try {
    if (method === "continual-pre-training") {
      const { parsePretrainRecipe } = await import("@llamero/train/pretrain");
      parsePretrainRecipe(pretrainTable(recipe, { name, model, files: ["data.jsonl"] }), source);
      return;
    }
    const { parseTuneRecipe } = await import("@llamero/train/tune");
    const table = tuneTable(recipe, { name, model, file: "data.jsonl", validation: null, folder: "/out" });
    parseTuneRecipe(table, { ...source, method: method === "preference-optimize" ? "dpo" : "sft" });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new HttpError(400, error.message, { param: "recipe", code: "invalid_value" });
  }
}

/** Post-training as jobs: the set of July 2024, and continual pre-training. */
export const postTrainingRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/supervised-fine-tune`,
    summary: "Fine-tune a model, or an adapter of it, on conversations",
    body: fineTuneSchema,
    response: postTrainingJobSchema,
    handle: ({ body, owner }, services) =>
      start(services, owner, {
        job_uuid: body.job_uuid,
        method: "supervised-fine-tune",
        model: { name: body.model, param: "model" },
        config: body.training_config,
        recipe: fineTuneRecipe(body),
      }),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/preference-optimize`,
    summary: "Train a model on preference pairs by DPO",
    body: preferenceSchema,
    response: postTrainingJobSchema,
    handle: ({ body, owner }, services) =>
      start(services, owner, {
        job_uuid: body.job_uuid,
        method: "preference-optimize",
        model: { name: body.finetuned_model, param: "finetuned_model" },
        config: body.training_config,
        recipe: preferenceRecipe(body),
      }),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/continual-pre-training`,
    summary: "Go on with the pre-training of a model, on texts",
    body: continualPretrainSchema,
    response: postTrainingJobSchema,
    handle: ({ body, owner }, services) =>
      start(services, owner, {
        job_uuid: body.job_uuid,
        method: "continual-pre-training",
        model: { name: body.model, param: "model" },
        config: body.training_config,
        recipe: pretrainRecipe(body.training_config, body.recipe),
      }),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${base}/jobs`,
    summary: "List the jobs, the oldest first",
    response: postTrainingJobListSchema,
    async handle({ owner }, { store }) {
      const jobs = await listAll(store, "job", { owner, parent: "post-training" });
      return {
        data: jobs.map((each) => ({
          job_uuid: (toJob(each).record.input as unknown as TrainingInput).job_uuid,
        })),
      };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${base}/job/status`,
    summary: "Get how far a job is",
    query: jobUuidSchema,
    response: postTrainingStatusSchema,
    handle: async ({ query, owner }, { store }) =>
      toTrainingStatus(await findRun(store, query.job_uuid, owner)),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${base}/job/artifacts`,
    summary: "List what a job has made",
    query: jobUuidSchema,
    response: postTrainingArtifactsSchema,
    async handle({ query, owner }, { store }) {
      const { record } = await findRun(store, query.job_uuid, owner);
      const state = record.state as unknown as { checkpoints?: []; artifacts?: [] } | null;
      const { checkpoints = [], artifacts = [] } = state ?? {};
      return { job_uuid: query.job_uuid, checkpoints, artifacts };
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/job/cancel`,
    summary: "End a job; its newest checkpoint stays",
    body: jobUuidSchema,
    response: null,
    async handle({ body, owner }, services) {
      await jobsOf(services).cancel(await findRun(services.store, body.job_uuid, owner));
    },
  }),
];
