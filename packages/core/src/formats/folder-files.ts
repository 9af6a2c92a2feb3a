import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TokenizerSource } from "./checkpoint.ts";
import { FileBytes } from "./file-bytes.ts";
import type { JsonObject } from "./json-fields.ts";
import { isJsonObject, readJsonObject, readText } from "./json-fields.ts";

/** A JSON file that need not be there. */
export function readOptionalJson(path: string): JsonObject | null {
  return existsSync(path) ? readJsonObject(path) : null;
}

/** Tokenizer of a model folder: tokenizer.json, else Meta's tokenizer.model. */
export function readFolderTokenizer(folder: string): TokenizerSource | null {
  const json = join(folder, "tokenizer.json");
  if (existsSync(json)) return { kind: "tokenizer.json", text: readText(json) };
  const model = join(folder, "tokenizer.model");
  if (!existsSync(model)) return null;
  using file = new FileBytes(model);
  return { kind: "tokenizer.model", bytes: file.read(0, file.sizeBytes, "the tokenizer") };
}

/** chat_template.jinja, else the template in tokenizer_config.json; of several named ones the default. */
export function readFolderChatTemplate(folder: string): string | null {
  const jinja = join(folder, "chat_template.jinja");
  if (existsSync(jinja)) return readText(jinja);
  const template = readOptionalJson(join(folder, "tokenizer_config.json"))?.["chat_template"];
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return null;
  const named: JsonObject[] = template.filter(isJsonObject);
  const chosen = named.find(({ name }) => name === "default")?.["template"];
  return typeof chosen === "string" ? chosen : null;
}
