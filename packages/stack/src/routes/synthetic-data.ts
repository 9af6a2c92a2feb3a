import {
  type GenerateDataRequest,
  generateDataSchema,
  type SyntheticData,
  syntheticDataSchema,
} from "../api/synthetic-data.ts";
import { toMessages } from "../convert/chat-request.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { StoredJob } from "../jobs/job.ts";
import { getJob } from "../jobs/job-store.ts";
import { jobsOf } from "../jobs/jobs-of.ts";
import {
  readSynthesisRecipe,
  type SynthesisInput,
  type SynthesisState,
} from "../jobs/synthesis/synthesis-job.ts";
import type { Store } from "../store/store.ts";
import { newId, notFound, toJson } from "./stored-objects.ts";

const common = { tag: "Synthetic Data Generation", level: "experimental" } as const;
const base = "/v1alpha/synthetic-data-generation";

/** Fields of a task that name files of this machine. */
const fileFields = ["seeds", "documents", "snippets"] as const;

async function findJob(store: Store, id: string, owner: string): Promise<StoredJob> {
  const job = id.startsWith("synth-") ? await getJob(store, id, owner) : null;
  if (job === null) throw notFound("synthesis job", id);
  return job;
}

function toWire({ id, record }: StoredJob): SyntheticData {
  const state = record.state as unknown as SynthesisState | null;
  return {
    job_id: id,
    status: record.status,
    synthetic_data: state?.records ?? [],
    statistics: state?.statistics ?? null,
    error: record.error,
  };
}

function seedsOf(dialogs: GenerateDataRequest["dialogs"]): string[] | null {
  if (dialogs === undefined) return null;
  return dialogs.map((dialog, index) => {
    const question = toMessages(dialog).find(({ role }) => role === "user");
    if (question !== undefined) return question.content;
    const param = `dialogs[${index}]`;
    throw new HttpError(400, `${param}: No message of it is a user's`, { param, code: "invalid_value" });
  });
}

async function toInput({ model, dialogs, recipe = {}, limit }: GenerateDataRequest): Promise<SynthesisInput> {
  const input: SynthesisInput = { model, recipe, seeds: seedsOf(dialogs), limit: limit ?? null };
  const tasks = Array.isArray(recipe["tasks"]) ? recipe["tasks"] : [];
  for (const [index, task] of tasks.entries()) {
    const field = fileFields.find((each) => Object.hasOwn(Object(task), each));
    if (field === undefined) continue;
    const param = `recipe.tasks[${index}].${field}`;
    throw new HttpError(400, `${param}: Files of the server cannot be named here; give dialogs`, {
      param,
      code: "unsupported_parameter",
    });
  }
  if (recipe["out"] !== undefined) {
    const message = "recipe.out: The server chooses the folder; leave it out";
    throw new HttpError(400, message, { param: "recipe.out", code: "unsupported_parameter" });
  }
  try {
    await readSynthesisRecipe(input, "/");
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new HttpError(400, error.message.replace(/^\/recipe/, "recipe"), {
      param: "recipe",
      code: "invalid_value",
    });
  }
  return input;
}

/** Training data that a served model writes, as jobs. */
export const syntheticDataRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/generate`,
    summary: "Let a model write training data; the job goes on when the client goes",
    body: generateDataSchema,
    response: syntheticDataSchema,
    async handle({ body, owner, disconnected }, services) {
      services.models.find(body.model);
      const id = newId("synth-");
      const input = toJson(await toInput(body));
      const jobs = jobsOf(services);
      const job = await jobs.enqueue({ kind: "synthesis", id, owner, input });
      if (body.background === true) return toWire(job);
      for (;;) {
        await jobs.settled(job);
        const now = await findJob(services.store, id, owner);
        const isOver = !["scheduled", "in_progress"].includes(now.record.status);
        if (isOver || disconnected.aborted || services.closing.aborted) return toWire(now);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${base}/jobs/{job_id}`,
    summary: "Get how far a job is, and at its end the data",
    response: syntheticDataSchema,
    handle: async ({ params, owner }, { store }) => toWire(await findJob(store, params["job_id"]!, owner)),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${base}/jobs/{job_id}/cancel`,
    summary: "Cancel a job",
    response: syntheticDataSchema,
    async handle({ params, owner }, services) {
      const job = await findJob(services.store, params["job_id"]!, owner);
      return toWire((await jobsOf(services).cancel(job)) ?? job);
    },
  }),
];
