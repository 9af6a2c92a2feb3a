import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../api/json.ts";
import type { Dataset } from "../api/registry.ts";
import { dataFile, readRows } from "../datasets/read-rows.ts";
import { HttpError } from "../http/http-error.ts";
import { findFile, readFile } from "../routes/files.ts";
import type { RouteServices } from "../routes/services.ts";

type DataServices = Pick<RouteServices, "store" | "dataFolder">;

/** Who asks for data, and by which field of the request. */
export interface DataRequest {
  id: string;
  owner: string;
  param: string;
}

/** Where data is: an uploaded file, a registered dataset, or a file of JSON lines in the data folder. */
async function locate(
  { store, dataFolder }: DataServices,
  { id, owner, param }: DataRequest,
): Promise<{ from: "file" } | { from: "dataset"; dataset: Dataset } | { from: "folder"; path: string }> {
  if (/^file-[0-9a-f]{32}$/.test(id)) {
    await findFile(store, id, owner);
    return { from: "file" };
  }
  const found = await store.get<Json>("dataset", id, owner);
  if (found !== null) return { from: "dataset", dataset: found.value as unknown as Dataset };
  try {
    return { from: "folder", path: await dataFile(id, dataFolder) };
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const message = `${param}: There is no dataset, uploaded file or file of the data folder called ${id.slice(0, 100)}`;
    throw new HttpError(400, message, { param, code: "invalid_value" });
  }
}

/** Throws an HTTP error where an id names no data. */
export async function checkData(services: DataServices, request: DataRequest): Promise<void> {
  await locate(services, request);
}

/** A file of JSON lines with what an id names: the one in the data folder, or one written into `folder`. */
export async function dataPath(
  services: DataServices,
  request: DataRequest,
  folder: string,
): Promise<string> {
  const { store, dataFolder } = services;
  const place = await locate(services, request);
  if (place.from === "folder") return place.path;
  const { id, owner } = request;
  const bytes =
    place.from === "file"
      ? await readFile(store, id, owner)
      : (await readRows(store, place.dataset, owner, dataFolder))
          .map((row) => `${JSON.stringify(row)}\n`)
          .join("");
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${id.replace(/[^\w.-]+/g, "_").slice(0, 100)}.jsonl`);
  await writeFile(path, bytes);
  return path;
}
