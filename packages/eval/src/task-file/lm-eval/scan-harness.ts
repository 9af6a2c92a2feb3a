import { readdirSync } from "node:fs";
import { join } from "node:path";
import { lmEvalTask } from "./lm-task.ts";

/** How many files of a folder of lm-evaluation-harness become tasks, and why the others do not. */
export interface HarnessScan {
  numFiles: number;
  numLoaded: number;
  /** Files that are groups or parts of others: not tasks. */
  numNoTasks: number;
  refusals: Readonly<Record<string, number>>;
  errors: readonly string[];
}

const reasons: readonly [RegExp, string][] = [
  [/this is a group of tasks/, "group"],
  [/part for other files to include/, "part"],
  [/: (\w+): !function/, "!function"],
  [/filter_list: !function/, "!function in filter_list"],
  [/filter_list: the filter (\w+)/, "filter"],
  [/metric_list: the metric (\w+)/, "metric"],
  [/metric_list/, "aggregation"],
  [/: (\w+) is not supported/, "key"],
  [/unknown key (\w+)/, "unknown key"],
  [/output_type (\w+)/, "output_type"],
  [/generation_kwargs: (\w+)/, "generation_kwargs"],
  [/no dataset_path|neither test_split|data_files|to include|sampler/, "incomplete"],
];

/** Loads every YAML file below a folder. */
export function scanHarness(folder: string): HarnessScan {
  const refusals: Record<string, number> = {};
  const errors: string[] = [];
  let numLoaded = 0;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".yaml"),
  );
  for (const name of files) {
    try {
      lmEvalTask(join(folder, name));
      numLoaded++;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const found = reasons.find(([regex]) => regex.test(message));
      if (found === undefined) errors.push(message);
      const word = found?.[0].exec(message)?.[1];
      const reason = found === undefined ? "other" : `${found[1]}${word === undefined ? "" : ` ${word}`}`;
      refusals[reason] = (refusals[reason] ?? 0) + 1;
    }
  }
  const numNoTasks = (refusals["group"] ?? 0) + (refusals["part"] ?? 0);
  return { numFiles: files.length, numLoaded, numNoTasks, refusals, errors };
}
