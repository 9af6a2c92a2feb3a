import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { keyHint } from "../closest-key.ts";
import { FunctionReference, readYaml } from "../yaml-file.ts";

/** Every key of a task, and whether what it names can only be Python code or pictures. */
const keys: Readonly<Record<string, "used" | "ignored" | "refused">> = {
  include: "used",
  task: "used",
  dataset_path: "used",
  dataset_name: "used",
  dataset_kwargs: "used",
  training_split: "used",
  validation_split: "used",
  test_split: "used",
  fewshot_split: "used",
  doc_to_text: "used",
  doc_to_target: "used",
  doc_to_choice: "used",
  description: "used",
  target_delimiter: "used",
  fewshot_delimiter: "used",
  fewshot_config: "used",
  num_fewshot: "used",
  metric_list: "used",
  output_type: "used",
  generation_kwargs: "used",
  filter_list: "used",
  gen_prefix: "used",
  repeats: "used",
  metadata: "used",
  task_alias: "ignored",
  tag: "ignored",
  should_decontaminate: "ignored",
  doc_to_decontamination_query: "ignored",
  recipe: "ignored",
  unsafe_code: "ignored",
  process_docs: "refused",
  process_results: "refused",
  custom_dataset: "refused",
  class: "refused",
  use_prompt: "refused",
  doc_to_image: "refused",
  doc_to_audio: "refused",
};

/** A configuration with what it includes. */
export type LmConfig = Readonly<Record<string, unknown>>;

/** Reads a task's configuration and everything it includes. Throws SyntaxError and RangeError that name file and key. */
export function readLmConfig(path: string): LmConfig {
  const config = merge(path, []);
  if (Array.isArray(config["task"]) || config["group"] !== undefined)
    throw new RangeError(
      `${path}: this is a group of tasks; name the files of its tasks, with commas between`,
    );
  if (typeof config["task"] !== "string")
    throw new RangeError(`${path}: it has no key task, so it is a part for other files to include`);
  return config;
}

function merge(path: string, seen: readonly string[]): Record<string, unknown> {
  if (seen.includes(path)) throw new RangeError(`${path} includes itself`);
  const file = readYaml(path, { version: "1.1" });
  const { include, ...own } = file.values;
  const isGroup = own["group"] !== undefined || Array.isArray(own["task"]);
  for (const [key, value] of Object.entries(own)) {
    const where = `${path}, line ${file.lineOf(key)}`;
    if (!Object.hasOwn(keys, key) && !isGroup)
      throw new SyntaxError(`${where}: unknown key ${key}; ${keyHint(key, Object.keys(keys))}`);
    if (keys[key] === "ignored" || value === null) continue;
    const reference = functionIn(value);
    if (reference !== null)
      throw new RangeError(
        `${where}: ${key}: !function ${reference.name} is Python code, which cannot run here; write what it does as a template, or as a file of records`,
      );
    if (keys[key] === "refused")
      throw new RangeError(`${where}: ${key} is not supported (${JSON.stringify(value)})`);
  }
  const parts = include === undefined ? [] : Array.isArray(include) ? include : [include];
  const merged: Record<string, unknown> = {};
  for (const part of parts.map(String)) {
    const included = resolve(dirname(path), part);
    if (!existsSync(included))
      throw new RangeError(
        `${path}, line ${file.lineOf("include")}: there is no file ${included} to include`,
      );
    Object.assign(merged, merge(included, [...seen, path]));
  }
  return { ...merged, ...own };
}

function functionIn(value: unknown): FunctionReference | null {
  if (value instanceof FunctionReference) return value;
  if (typeof value !== "object" || value === null) return null;
  for (const each of Object.values(value)) {
    const found = functionIn(each);
    if (found !== null) return found;
  }
  return null;
}
