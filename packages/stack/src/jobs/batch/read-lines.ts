import type { BatchEndpoint, BatchError } from "../../api/batches.ts";
import type { Json } from "../../api/json.ts";
import type { ServedModels } from "../../served-models.ts";

/** A request of a batch. */
export interface BatchLine {
  /** Of the file, from 1. */
  line: number;
  customId: string;
  body: { [key: string]: Json };
}

/** OpenAI's limit. */
const maxLines = 50_000;

/** Errors that are told; more are as good as these. */
const maxErrors = 1000;

/** What each endpoint cannot do without, beside a model. */
const neededField: Readonly<Record<BatchEndpoint, string>> = {
  "/v1/chat/completions": "messages",
  "/v1/completions": "prompt",
  "/v1/embeddings": "input",
  "/v1/responses": "input",
};

type Problem = Omit<BatchError, "line">;

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

async function problemOf(
  value: Json,
  endpoint: BatchEndpoint,
  models: ServedModels,
  seen: ReadonlySet<string>,
): Promise<Problem | null> {
  if (!isObject(value)) {
    return { code: "invalid_request", message: "Each line must be a JSON object.", param: null };
  }
  for (const param of ["custom_id", "method", "url", "body"] as const) {
    if (value[param] === undefined) {
      return {
        code: "missing_required_parameter",
        message: `Missing required parameter: '${param}'.`,
        param,
      };
    }
    const isRight = param === "body" ? isObject(value[param]) : typeof value[param] === "string";
    if (isRight) continue;
    const wanted = param === "body" ? "an object" : "a string";
    return { code: "invalid_request", message: `${param} must be ${wanted}.`, param };
  }
  const {
    custom_id: id,
    method,
    url,
    body,
    ...rest
  } = value as {
    custom_id: string;
    method: string;
    url: string;
    body: { [key: string]: Json };
  };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    return { code: "unsupported_parameter", message: `Unknown parameter: '${unknown}'.`, param: unknown };
  }
  if (id === "" || id.length > 512) {
    return {
      code: "invalid_request",
      message: "custom_id must have 1 to 512 characters.",
      param: "custom_id",
    };
  }
  if (seen.has(id)) {
    return { code: "duplicate_custom_id", message: `The custom_id ${id} is used twice.`, param: "custom_id" };
  }
  if (method !== "POST") {
    return {
      code: "invalid_method",
      message: `The method ${method} is not supported; use POST.`,
      param: "method",
    };
  }
  if (url !== endpoint) {
    const message = "The URL provided for this request does not match the batch endpoint.";
    return { code: "invalid_url", message, param: "url" };
  }
  return bodyProblem(body, endpoint, models);
}

async function bodyProblem(
  body: { [key: string]: Json },
  endpoint: BatchEndpoint,
  models: ServedModels,
): Promise<Problem | null> {
  const { model } = body;
  const invalid = (name: string): Problem => {
    const message = `${name[0]!.toUpperCase()}${name.slice(1)} parameter is required.`;
    return { code: "invalid_request", message, param: `body.${name}` };
  };
  if (typeof model !== "string") return invalid("model");
  try {
    await models.open(model);
    if (models.findRemote(model) === null) models.findServed(model);
  } catch {
    const message = `The provided model '${model.slice(0, 100)}' is not supported by the Batch API.`;
    return { code: "model_not_found", message, param: "body.model" };
  }
  const needed = neededField[endpoint];
  if (body[needed] === undefined) return invalid(needed);
  if (body["stream"] === true) {
    const message = "Streaming is not supported in the Batch API.";
    return { code: "streaming_unsupported", message, param: "body.stream" };
  }
  if (body["background"] === true) {
    const message = "A batch is in the background already; background is not supported in it.";
    return { code: "unsupported_value", message, param: "body.background" };
  }
  return null;
}

/** Requests of a batch file, or everything that is wrong with it. */
export async function readBatchLines(
  bytes: Uint8Array,
  endpoint: BatchEndpoint,
  models: ServedModels,
): Promise<{ lines: BatchLine[]; errors: BatchError[] }> {
  const lines: BatchLine[] = [];
  const errors: BatchError[] = [];
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const message = "The input file is not UTF-8.";
    return { lines, errors: [{ code: "invalid_file", line: null, message, param: "input_file_id" }] };
  }
  const seen = new Set<string>();
  for (const [index, each] of text.split("\n").entries()) {
    if (each.trim() === "") continue;
    const line = index + 1;
    let value: Json;
    try {
      value = JSON.parse(each) as Json;
    } catch {
      const message = "This line is not parseable as valid JSON.";
      errors.push({ code: "invalid_json_line", line, message, param: null });
      continue;
    }
    const problem = await problemOf(value, endpoint, models, seen);
    if (problem !== null) {
      errors.push({ ...problem, line });
      if (errors.length >= maxErrors) break;
      continue;
    }
    const { custom_id: customId, body } = value as { custom_id: string; body: BatchLine["body"] };
    seen.add(customId);
    lines.push({ line, customId, body });
  }
  if (lines.length === 0 && errors.length === 0) {
    const message = "The input file has no requests.";
    errors.push({ code: "empty_file", line: null, message, param: "input_file_id" });
  }
  if (lines.length > maxLines) {
    const message = `The input file has ${lines.length} requests; a batch takes ${maxLines}.`;
    errors.push({ code: "too_many_requests", line: null, message, param: "input_file_id" });
  }
  return { lines, errors };
}
