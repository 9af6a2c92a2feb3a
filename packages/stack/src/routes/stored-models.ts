import type { Checkpoint } from "@llamero/core";
import { FormatError } from "@llamero/core/errors";
import { defaultEndpoint } from "@llamero/core/hub/client";
import { createDiskStorage } from "@llamero/core/hub/disk-storage";
import { DownloadError } from "@llamero/core/hub/download";
import { pullModel } from "@llamero/core/hub/pull";
import { parseReference } from "@llamero/core/hub/reference";
import { defaultRetry, HubError } from "@llamero/core/hub/retry";
import { findModel, listModels, removeModel, type StoredModel } from "@llamero/core/hub/store";
import { RefusedRequestError } from "@llamero/core/net/policy";
import {
  type MemoryPlan,
  type MemoryPlanQuery,
  memoryPlanQuerySchema,
  memoryPlanSchema,
  modelNameSchema,
  modelStateSchema,
  type PullEvent,
  pullEventSchema,
  pullRequestSchema,
  type StoredModelEntry,
  storedModelListSchema,
  storedModelSchema,
} from "../api/stored-models.ts";
import { answerStream } from "../http/answer-stream.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import type { ServedModels } from "../served-models.ts";
import type { RouteServices } from "./services.ts";
import { notFound } from "./stored-objects.ts";

const common = { tag: "Admin", level: "experimental" } as const;
const path = "/v1alpha/admin/models";

/** At most this often an event about progress. */
const progressEveryMs = 150;

function folderOf({ modelsFolder }: RouteServices): string {
  if (modelsFolder) return modelsFolder;
  throw new HttpError(400, "This server looks after no folder of models", { code: "unsupported_operation" });
}

function toEntry(stored: StoredModel, models: ServedModels): StoredModelEntry {
  return {
    name: stored.name,
    object: "stored_model",
    size_bytes: stored.sizeBytes,
    source: stored.manifest?.source ?? null,
    added_at: Math.floor(stored.addedAt.getTime() / 1000),
    served: models.all.some(({ name }) => name === stored.name),
  };
}

/** Loaded when it is needed: a server without models of its own keeps the memory. */
const engine = (): Promise<typeof import("@llamero/core")> => import("@llamero/core");

/** By its exact name: paths, and beginnings of names, are for the command line. */
async function storedModel(services: RouteServices, name: string): Promise<StoredModel> {
  const found = (await listModels(folderOf(services))).find((each) => each.name === name);
  if (found === undefined) throw notFound("stored model", name, "model");
  return found;
}

async function planOf(
  { config, tensors }: Pick<Checkpoint, "config" | "tensors">,
  { model, context, batch = 16 }: MemoryPlanQuery,
): Promise<MemoryPlan> {
  const { availableMemory, planModel } = await engine();
  const longest = config.maxPositionEmbeddings;
  if (context !== undefined && context > longest)
    throw new HttpError(400, `context: ${model} takes ${longest} tokens at most`, {
      param: "context",
      code: "invalid_value",
    });
  const plan = planModel(config, tensors, { batch, ...(context !== undefined && { context }) });
  const available = availableMemory();
  return {
    object: "memory_plan",
    model,
    num_parameters: plan.numParameters,
    context_length: plan.contextLimit,
    max_context_length: longest,
    batch,
    weight_bytes: plan.weightBytes,
    kv_bytes: plan.kvBytes,
    scratch_bytes: plan.scratchBytes,
    total_bytes: plan.totalBytes,
    available_bytes: available,
    fits: plan.totalBytes <= available,
  };
}

/** Errors of a pull that its request, or the hub, is to blame for. */
function toPullError(error: unknown): unknown {
  if (error instanceof RefusedRequestError)
    return new HttpError(403, error.message, { type: "permission_error", code: "network_refused" });
  if (error instanceof HubError || error instanceof DownloadError || error instanceof RangeError)
    return new HttpError(400, error.message, { param: "reference", code: "pull_failed" });
  return error;
}

/** Brings a model of the hub into the store; only from there, so that no address of a request is asked. */
async function pull(
  services: RouteServices,
  text: string,
  signal: AbortSignal,
  tell: (event: PullEvent) => void,
): Promise<StoredModelEntry> {
  const folder = folderOf(services);
  const endpoint = (process.env["HF_ENDPOINT"] || defaultEndpoint).replace(/\/+$/, "");
  const token = process.env["HF_TOKEN"] || process.env["HUGGING_FACE_HUB_TOKEN"] || null;
  const refused = (message: string): HttpError =>
    new HttpError(400, message, { param: "reference", code: "invalid_value" });
  let reference: ReturnType<typeof parseReference>;
  try {
    reference = parseReference(text, endpoint);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError) && !(error instanceof URIError))
      throw error;
    throw refused(error.message);
  }
  if (reference.kind === "url")
    throw refused("The server pulls from the hub alone; write hf:user/repo, or use llamero pull");
  let toldAt = 0;
  try {
    const manifest = await pullModel(reference, {
      connection: { endpoint, token, retry: defaultRetry, signal },
      storage: createDiskStorage(folder),
      onPlan: ({ name, numFiles, totalBytes }) =>
        tell({ type: "plan", name, num_files: numFiles, total_bytes: totalBytes }),
      onProgress: ({ path: file, allReceivedBytes, allTotalBytes }) => {
        const isEnd = allReceivedBytes === allTotalBytes;
        if (!isEnd && performance.now() - toldAt < progressEveryMs) return;
        toldAt = performance.now();
        tell({ type: "progress", file, received_bytes: allReceivedBytes, total_bytes: allTotalBytes });
      },
      onRetry: (reason, delayMs) => tell({ type: "retry", reason, delay_ms: Math.round(delayMs) }),
      onWait: (holder) => tell({ type: "waiting", holder }),
    });
    const stored = await findModel(manifest.name, folder);
    if (stored === null) throw new DownloadError(`${text} holds no model that can be opened`);
    return toEntry(stored, services.models);
  } catch (error) {
    throw toPullError(error);
  }
}

async function setLoaded(
  services: RouteServices,
  name: string,
  what: "load" | "unload",
): Promise<{ model: string; state: string }> {
  const { model } = services.models.find(name);
  const { engine } = model;
  const run = engine?.[what];
  if (engine === undefined || run === undefined)
    throw new HttpError(400, `${name} is part of the server's process and stays loaded`, {
      param: "model",
      code: "unsupported_operation",
    });
  if (what === "unload" && engine.stats().numRunning + engine.stats().numWaiting > 0)
    throw new HttpError(409, `${name} is answering; unload it when it is done`, { code: "conflict" });
  await run.call(engine);
  return { model: name, state: engine.worker?.().state ?? "ready" };
}

/** Models on the server's machine; these take the scope admin. */
export const storedModelRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "List the models in the server's folder of models",
    response: storedModelListSchema,
    handle: async (_, services) => ({
      object: "list" as const,
      data: services.modelsFolder
        ? (await listModels(services.modelsFolder)).map((each) => toEntry(each, services.models))
        : [],
      available_bytes: (await engine()).availableMemory(),
    }),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/pull`,
    summary: "Bring a model of the hub into the server's folder, with events that tell of it",
    body: pullRequestSchema,
    response: storedModelSchema,
    events: pullEventSchema,
    async handle(request, services) {
      const { body, disconnected } = request;
      const signal = AbortSignal.any([disconnected, services.ended]);
      if (body.stream !== true) return await pull(services, body.reference, signal, () => {});
      return await answerStream(request, services.onError, async (events) => {
        const model = await pull(
          services,
          body.reference,
          signal,
          (event) => void events.send(event).catch(services.onError),
        );
        await events.send({ type: "done", model } satisfies PullEvent);
        await events.end();
      });
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/plan`,
    summary: "Say how much memory a model would take",
    query: memoryPlanQuerySchema,
    response: memoryPlanSchema,
    async handle({ query }, services) {
      const served = services.models.all.find(({ name }) => name === query.model)?.model.checkpoint;
      try {
        const { openCheckpoint } = await engine();
        return await planOf(served ?? openCheckpoint((await storedModel(services, query.model)).path), query);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        throw new HttpError(400, error.message, { param: "model", code: "invalid_value" });
      }
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/load`,
    summary: "Load a served model now",
    body: modelNameSchema,
    response: modelStateSchema,
    handle: ({ body }, services) => setLoaded(services, body.model, "load"),
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/unload`,
    summary: "Give a served model's memory back until it is asked again",
    body: modelNameSchema,
    response: modelStateSchema,
    handle: ({ body }, services) => setLoaded(services, body.model, "unload"),
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    // Names may hold slashes.
    path: `${path}/{model_name+}`,
    summary: "Delete a model from the server's folder",
    response: null,
    async handle({ params }, services) {
      const stored = await storedModel(services, params["model_name"]!);
      if (!(await services.models.close(stored.name)))
        throw new HttpError(409, `${stored.name} is being served; end its answers, or the server, first`, {
          code: "conflict",
        });
      await removeModel(stored, folderOf(services));
    },
  }),
];
