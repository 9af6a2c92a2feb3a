import { existsSync } from "node:fs";
import { isExplicitReference } from "@llamero/core/hub/reference";
import { findModel, listModels, type StoredModel } from "@llamero/core/hub/store";
import { UsageError } from "../errors.ts";
import { closestWord } from "../terminal/closest-word.ts";
import { shippedModel } from "./shipped-model.ts";

/** Finds the model that a user names. `hf:…` and URLs that are not in the store yet are downloaded. */
export async function resolveModel(text: string): Promise<StoredModel> {
  const found = await findModel(text).catch((cause: unknown) => {
    if (cause instanceof RangeError) throw new UsageError(cause.message, null, { cause });
    throw cause;
  });
  if (found !== null) return found;
  const shipped = shippedModel();
  if (shipped !== null && text.toLowerCase() === shipped.name) return shipped;
  if (isExplicitReference(text)) return (await import("./pull-model.ts")).pullToStore(text);
  const looksLikePath = /^[./~]|\.(gguf|safetensors)$/.test(text);
  if (looksLikePath) throw new UsageError(`No such file or folder: ${text}`);
  const names = [...(await listModels()), ...(shipped === null ? [] : [shipped])].map(({ name }) => name);
  const close = closestWord(text, names);
  const pull = /^[\w.-]+\/[\w.-]+(:|$)/.test(text)
    ? `Get it: llamero pull ${text}`
    : "See: llamero ls, llamero pull --help";
  throw new UsageError(`No model named ${text}`, close === null ? pull : `Did you mean ${close}?`);
}

/** Like `resolveModel`, for commands that only read files: nothing is downloaded. */
export async function resolveLocal(text: string): Promise<StoredModel> {
  if (isExplicitReference(text) && !existsSync(text) && (await findModel(text)) === null) {
    throw new UsageError(`${text} is not in the store`, `Get it: llamero pull ${text}`);
  }
  return resolveModel(text);
}
