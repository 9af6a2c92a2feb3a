import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import { FormatError } from "@llamero/core/errors";
import type { AdapterEntry, RegisterAdapterRequest, ServedAdapter } from "../api/adapters.ts";
import { HttpError } from "../http/http-error.ts";
import type { RouteServices } from "../routes/services.ts";
import { listAll, nowSeconds, toJson } from "../routes/stored-objects.ts";
import type { ServedModel } from "../served-models.ts";
import { type Store, StoreConflict } from "../store/store.ts";

type Services = Pick<RouteServices, "models" | "store" | "onError">;

/** What is served is the server's own, whoever has the keys. */
const owner = "local";
const kind = "served_adapter";

/** SHA-256 of an adapter's file, or of the weights in its folder. Throws a 400 where there is none. */
export async function adapterDigest(path: string): Promise<string> {
  const stats = statSync(path, { throwIfNoEntry: false });
  const file = stats?.isDirectory() ? join(path, "adapter_model.safetensors") : path;
  const hash = createHash("sha256");
  try {
    for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  } catch {
    throw new HttpError(400, `There is no adapter at ${path} on the server's machine`, {
      param: "path",
      code: "invalid_value",
    });
  }
  return hash.digest("hex");
}

/** What stands behind a model id, with the version in the store; 0 where nothing was ever registered. */
export async function readServed(
  store: Store,
  model: string,
): Promise<{ served: ServedAdapter; version: number }> {
  const found = await store.get(kind, model, owner);
  if (found === null) return { served: { model, object: kind, current: null, history: [] }, version: 0 };
  return { served: found.value as unknown as ServedAdapter, version: found.version };
}

/** Everything that was registered. */
export async function listServed(store: Store): Promise<ServedAdapter[]> {
  return (await listAll(store, kind, { owner })).map(({ value }) => value as unknown as ServedAdapter);
}

/** Keeps what is served; throws a 409 where somebody else was faster. */
export async function keepServed(store: Store, served: ServedAdapter, version: number): Promise<void> {
  await store.write({
    write: "put",
    kind,
    id: served.model,
    owner,
    value: toJson(served),
    ifVersion: version,
  });
}

function findModel({ models }: Services, name: string): ServedModel {
  const found = models.all.find((each) => each.name === name || `llamero/${each.name}` === name);
  if (found === undefined)
    throw new HttpError(404, `Model '${name}' of this machine not found`, {
      param: "model",
      code: "model_not_found",
    });
  return found;
}

async function load({ name, model }: ServedModel, adapter: AdapterEntry): Promise<void> {
  if (model.loadAdapter === undefined)
    throw new HttpError(400, `${name} takes no adapters while it runs`, {
      param: "model",
      code: "unsupported_operation",
    });
  try {
    await model.loadAdapter(adapter.name, adapter.path);
  } catch (error) {
    if (!(error instanceof FormatError) && !(error instanceof RangeError)) throw error;
    throw new HttpError(400, error.message, { param: "path", code: "invalid_value" });
  }
}

async function unload(services: Services, served: ServedModel, adapter: AdapterEntry): Promise<void> {
  // An earlier process may have had it.
  if (!services.models.list.some(({ name }) => name === `${served.name}:${adapter.name}`)) return;
  services.models.setAdapter(served.name, adapter.name, false);
  await served.model.unloadAdapter?.(adapter.name);
}

/**
 * Loads an adapter and serves the model through it. Requests under way go on with what they have; the one before stays
 * loaded for a rollback, those before that are freed when nobody uses them.
 */
export async function registerAdapter(
  services: Services,
  request: RegisterAdapterRequest,
): Promise<ServedAdapter> {
  const { store, models, onError } = services;
  const found = findModel(services, request.model);
  const { name: model } = found;
  const sha256 = await adapterDigest(request.path);
  if (request.sha256 !== undefined && request.sha256 !== sha256)
    throw new HttpError(400, `${request.path} has SHA-256 ${sha256}, not ${request.sha256}`, {
      param: "sha256",
      code: "invalid_value",
    });
  const { served, version } = await readServed(store, model);
  const current: AdapterEntry = {
    name: request.name,
    path: request.path,
    sha256,
    registered_at: nowSeconds(),
    learned_until: request.learned_until ?? null,
  };
  if (models.list.some(({ name }) => name === `${model}:${current.name}`))
    throw new HttpError(409, `${model} has an adapter ${current.name} already; choose another name`, {
      param: "name",
      code: "conflict",
    });
  await load(found, current);
  const next: ServedAdapter = { ...served, current, history: [...served.history, served.current] };
  try {
    await keepServed(store, next, version);
  } catch (error) {
    await found.model.unloadAdapter?.(current.name);
    throw error instanceof StoreConflict
      ? new HttpError(409, `Another adapter of ${model} was registered meanwhile`, { code: "conflict" })
      : error;
  }
  models.setAdapter(model, current.name, true);
  models.setCurrent(model, current.name);
  const old = served.history.at(-1) ?? null;
  if (old !== null) unload(services, found, old).catch(onError);
  return next;
}

/** Serves what was behind a model id before. */
export async function rollbackAdapter(services: Services, name: string): Promise<ServedAdapter> {
  const { store, models, onError } = services;
  const found = findModel(services, name);
  const { name: model } = found;
  const { served, version } = await readServed(store, model);
  const { current, history } = served;
  if (history.length === 0)
    throw new HttpError(409, `${model} has nothing to go back to`, { param: "model", code: "conflict" });
  const before = history.at(-1)!;
  const next: ServedAdapter = { ...served, current: before, history: history.slice(0, -1) };
  const isLoaded = before === null || models.list.some((each) => each.name === `${model}:${before.name}`);
  if (!isLoaded) await load(found, before);
  await keepServed(store, next, version);
  if (before !== null) models.setAdapter(model, before.name, true);
  models.setCurrent(model, before?.name ?? null);
  if (current !== null) unload(services, found, current).catch(onError);
  return next;
}

/**
 * Serves again what an earlier process served, of one model or all; a model whose adapter is gone is served without, and
 * that is told.
 */
export async function restoreAdapters(services: Services, only?: string): Promise<void> {
  const { store, models, onError } = services;
  for (const { model, current } of await listServed(store)) {
    const found = models.all.find(({ name }) => name === model);
    if (found === undefined || current === null || (only !== undefined && model !== only)) continue;
    try {
      const sha256 = await adapterDigest(current.path);
      if (sha256 !== current.sha256) throw new Error(`${current.path} has changed since it was registered`);
      await load(found, current);
      models.setAdapter(model, current.name, true);
      models.setCurrent(model, current.name);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      onError(new Error(`${model} is served without its adapter ${current.name}: ${why}`, { cause }));
    }
  }
}
