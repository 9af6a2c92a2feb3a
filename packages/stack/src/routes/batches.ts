import { createHash } from "node:crypto";
import {
  type Batch,
  batchListSchema,
  batchSchema,
  type CreateBatchRequest,
  createBatchSchema,
  listBatchesQuerySchema,
} from "../api/batches.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { type BatchInput, toBatch } from "../jobs/batch/batch-state.ts";
import type { StoredJob } from "../jobs/job.ts";
import { getJob, listJobs, toJob } from "../jobs/job-store.ts";
import { jobsOf } from "../jobs/jobs-of.ts";
import type { Store } from "../store/store.ts";
import { newId, notFound, toJson, toPage } from "./stored-objects.ts";

const common = { tag: "Batches", level: "stable" } as const;
const windowMs = 24 * 3600 * 1000;

async function findBatch(store: Store, id: string, owner: string): Promise<StoredJob> {
  const job = id.startsWith("batch_") ? await getJob(store, id, owner) : null;
  if (job?.record.kind === "batch") return job;
  throw notFound("batch", id);
}

/** What one idempotency key must always come with. */
const sameRequest = ({ input_file_id, endpoint, metadata, output_seconds }: BatchInput): string =>
  JSON.stringify([input_file_id, endpoint, Object.entries(metadata ?? {}).sort(), output_seconds]);

function toInput({
  input_file_id,
  endpoint,
  metadata,
  output_expires_after,
}: CreateBatchRequest): BatchInput {
  return {
    input_file_id,
    endpoint,
    metadata: metadata ?? null,
    output_seconds: output_expires_after?.seconds ?? null,
    expires_at: Date.now() + windowMs,
  };
}

/** OpenAI's batches. */
export const batchRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/batches",
    summary: "Answer the requests of a file when there is time",
    body: createBatchSchema,
    response: batchSchema,
    async handle({ body, owner }, services): Promise<Batch> {
      const key = body.idempotency_key ?? null;
      const id =
        key === null
          ? newId("batch_")
          : `batch_${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
      const input = toInput(body);
      const job = await jobsOf(services).enqueue({ kind: "batch", id, owner, input: toJson(input) });
      if (sameRequest(job.record.input as unknown as BatchInput) === sameRequest(input)) return toBatch(job);
      const message = "The idempotency key came with another request before; take a new key";
      throw new HttpError(409, message, { param: "idempotency_key", code: "conflict" });
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/batches",
    summary: "List batches, the newest first",
    query: listBatchesQuerySchema,
    response: batchListSchema,
    async handle({ query, owner }, { store }) {
      const { after, limit = 20 } = query;
      const { items, hasMore } = await listJobs(store, "batch", {
        owner,
        limit,
        order: "desc",
        ...(after !== undefined && { after }),
      });
      return toPage(items.map(toJob).map(toBatch), hasMore);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/batches/{batch_id}",
    summary: "Get a batch",
    response: batchSchema,
    handle: async ({ params, owner }, { store }) =>
      toBatch(await findBatch(store, params["batch_id"]!, owner)),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/batches/{batch_id}/cancel",
    summary: "End a batch early; what is answered already is kept",
    response: batchSchema,
    async handle({ params, owner }, services) {
      const job = await findBatch(services.store, params["batch_id"]!, owner);
      const { status } = toBatch(job);
      if (status === "completed" || status === "failed" || status === "expired") {
        throw new HttpError(409, `Cannot cancel a batch with status '${status}'`);
      }
      return toBatch((await jobsOf(services).cancel(job)) ?? job);
    },
  }),
];
