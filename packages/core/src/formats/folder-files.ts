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

/** License keys of a model card, and the names that GGUF has for them. */
const licenseKeys: Readonly<Record<string, string>> = {
  license: "general.license",
  license_name: "general.license.name",
  license_link: "general.license.link",
};

/** The license that the head of a folder's README.md names, under GGUF's keys. */
export function readFolderLicense(folder: string): Record<string, string> {
  const path = join(folder, "README.md");
  const head = existsSync(path) ? /^---\r?\n([\s\S]*?)\n---/.exec(readText(path))?.[1] : undefined;
  const found: Record<string, string> = {};
  for (const [, key, value] of (head ?? "").matchAll(/^(\w+):[ \t]*(\S.*?)\s*$/gm)) {
    const name = Object.hasOwn(licenseKeys, key!) ? licenseKeys[key!] : undefined;
    if (name !== undefined) found[name] = value!.replace(/^(["'])(.*)\1$/, "$2");
  }
  return found;
}

/** A README.md that names the license of a model's metadata; null where there is none. */
export function licenseReadme(metadata: Readonly<Record<string, unknown>>): string | null {
  const lines = Object.entries(licenseKeys).flatMap(([key, name]) =>
    typeof metadata[name] === "string" ? [`${key}: ${JSON.stringify(metadata[name])}`] : [],
  );
  return lines.length === 0 ? null : `---\n${lines.join("\n")}\n---\n`;
}
