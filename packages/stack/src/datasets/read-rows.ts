import { readFile, realpath, stat } from "node:fs/promises";
import { isAbsolute, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row } from "../api/datasetio.ts";
import type { Json } from "../api/json.ts";
import type { Dataset } from "../api/registry.ts";
import { HttpError } from "../http/http-error.ts";
import { listAll } from "../routes/stored-objects.ts";
import type { Store } from "../store/store.ts";
import { isDataUri, readDataUri, readJsonLines } from "./data-uri.ts";

const maxFileBytes = 256 * 2 ** 20;

const refuse = (message: string): HttpError =>
  new HttpError(400, `source.uri: ${message}`, { param: "source.uri", code: "invalid_value" });

/** Path that a URI names: `file://` and a path, or a path inside the folder. */
function pathOf(uri: string, folder: string): string {
  if (uri.includes("\0")) throw refuse("A path has no zero bytes");
  if (!/^[a-z][a-z0-9+.-]*:/i.test(uri)) return resolve(folder, uri);
  if (!/^file:/i.test(uri))
    throw refuse("The server reads data: URIs and files of its data folder only, not other addresses");
  try {
    const path = fileURLToPath(uri);
    return isAbsolute(path) ? path : resolve(folder, path);
  } catch {
    throw refuse("This is no file of this machine");
  }
}

/** The file that a URI names, which must lie in the folder, links followed. */
export async function dataFile(uri: string, folder: string | null): Promise<string> {
  if (folder === null) throw refuse("The server has no data folder; give rows, or start it with one");
  const missing = refuse("There is no such file of JSON lines (.jsonl) in the data folder");
  const asked = pathOf(uri, folder);
  let path: string;
  let root: string;
  try {
    [path, root] = await Promise.all([realpath(asked), realpath(folder)]);
  } catch {
    throw missing;
  }
  // The same answer for what lies outside as for what is not there: nobody learns which files there are.
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep) || !path.endsWith(".jsonl")) throw missing;
  const info = await stat(path);
  if (!info.isFile()) throw missing;
  if (info.size > maxFileBytes) throw refuse(`The file is larger than ${maxFileBytes} bytes`);
  return path;
}

/** Throws an HTTP error for a URI that rows cannot be read from. */
export async function checkUri(uri: string, folder: string | null): Promise<void> {
  if (isDataUri(uri)) await uriRows(uri, folder);
  else await dataFile(uri, folder);
}

async function uriRows(uri: string, folder: string | null): Promise<Row[]> {
  const path = isDataUri(uri) ? null : await dataFile(uri, folder);
  try {
    const values = path === null ? readDataUri(uri) : readJsonLines(await readFile(path, "utf8"));
    const isRow = (value: Json): value is Row =>
      typeof value === "object" && value !== null && !Array.isArray(value);
    const wrong = values.findIndex((value) => !isRow(value));
    if (wrong === -1) return values.filter(isRow);
    throw new SyntaxError(`Row ${wrong + 1} is not a JSON object`);
  } catch (error) {
    throw error instanceof SyntaxError ? refuse(error.message) : error;
  }
}

/** All rows of a dataset: those of its source, then those that were appended. */
export async function readRows(
  store: Store,
  dataset: Dataset,
  owner: string,
  folder: string | null,
): Promise<Row[]> {
  const appended = await listAll(store, "dataset_row", { owner, parent: dataset.identifier });
  const { source } = dataset;
  const rows = source.type === "rows" ? source.rows : await uriRows(source.uri, folder);
  return [...rows, ...appended.flatMap(({ value }) => value as unknown as Row[])];
}
