import { resolve } from "node:path";
import type { Task } from "../task.ts";
import { anyTask } from "../tasks/any-task.ts";
import { jsonlTask } from "./jsonl-task.ts";
import { lmEvalTask } from "./lm-eval/lm-task.ts";
import { ownTask } from "./own-task.ts";
import { readYaml } from "./yaml-file.ts";

/** Keys that only tasks of lm-evaluation-harness have. */
const harnessKeys = [
  "task",
  "group",
  "include",
  "dataset_path",
  "doc_to_text",
  "doc_to_target",
  "output_type",
];

/**
 * A user's own task: one YAML file, one JSONL file, or a YAML file of lm-evaluation-harness. Throws SyntaxError and
 * RangeError that name the file with the line or key.
 */
export function readTaskFile(file: string): Task {
  const path = resolve(file);
  if (/\.jsonl$/i.test(path)) return anyTask(jsonlTask(path));
  if (!/\.ya?ml$|_yaml$/i.test(path))
    throw new RangeError(`${file} is no task file; it must end in .yaml, .yml or .jsonl`);
  const yaml = readYaml(path, { version: "1.1" });
  if (harnessKeys.some((key) => key in yaml.values)) return anyTask(lmEvalTask(path));
  return ownTask(readYaml(path));
}
