import { existsSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import type { Source } from "../../task.ts";
import type { LmConfig } from "./config.ts";

const localBuilders = new Set(["json", "csv", "parquet", "text", "arrow"]);

/** Where the records of a configuration are: local `data_files`, or files that a user puts into the data folder. */
export function lmSource(config: LmConfig, path: string): Source {
  const split = (key: string): string | null =>
    typeof config[key] === "string" && config[key] !== "" ? (config[key] as string) : null;
  const test = split("test_split") ?? split("validation_split");
  if (test === null) throw new RangeError(`${path}: it has neither test_split nor validation_split`);
  const fewshot = config["fewshot_config"] as LmConfig | undefined;
  const shots =
    (typeof fewshot?.["split"] === "string" ? fewshot["split"] : null) ??
    split("fewshot_split") ??
    split("training_split") ??
    split("validation_split") ??
    test;
  const names = [...new Set([test, shots])];
  const dataset = String(config["dataset_path"] ?? "");
  const name = config["dataset_name"] == null ? "" : String(config["dataset_name"]);
  const options = (config["dataset_kwargs"] ?? {}) as LmConfig;
  const base = { test, ...(shots === test ? {} : { shots }), license: "see there" };
  if (dataset === "") throw new RangeError(`${path}: it has no dataset_path`);

  if (localBuilders.has(dataset)) {
    const files = filesOf(options["data_files"], path);
    const remote = Object.values(files)
      .flat()
      .filter((file) => /^\w+:\/\//.test(file));
    const folder = dirname(path);
    const patterns = (each: string): string[] =>
      (files[each] ?? files["*"] ?? []).map((file) =>
        /^\w+:\/\//.test(file)
          ? `${String(config["task"])}/${basename(file)}`
          : relative(folder, resolve(folder, file)),
      );
    for (const each of names)
      if (patterns(each).length === 0)
        throw new RangeError(
          `${path}: data_files has no files of the split ${each}; it has ${Object.keys(files).join(", ")}`,
        );
    return {
      ...base,
      splits: Object.fromEntries(names.map((each) => [each, patterns(each)])),
      ...(remote.length > 0 ? {} : { folder }),
      origin: remote.length > 0 ? remote.join(" ") : path,
    };
  }
  const isLocal = existsSync(resolve(dirname(path), dataset));
  const start = isLocal ? dataset.replace(/\/$/, "") : dataset.split("/").at(-1)!;
  const below = name === "" ? [start] : [`${start}/${name}`, `${start}/**/${name}`];
  const patterns = (each: string): string[] =>
    below.flatMap((folder) =>
      ["", "**/"].flatMap((any) => [`${folder}/${any}${each}.*`, `${folder}/${any}${each}-*`]),
    );
  return {
    ...base,
    splits: Object.fromEntries(names.map((each) => [each, patterns(each)])),
    ...(isLocal ? { folder: dirname(path) } : {}),
    origin: isLocal ? path : `hf:${dataset}${name === "" ? "" : `, configuration ${name}`}`,
  };
}

/** Files by split; `*` stands for every split, since a list without names is one set. */
function filesOf(value: unknown, path: string): Record<string, string[]> {
  const list = (each: unknown): string[] => (Array.isArray(each) ? each.map(String) : [String(each)]);
  if (typeof value === "string" || Array.isArray(value)) return { "*": list(value) };
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([split, files]) => [split, list(files)]));
  throw new RangeError(`${path}: dataset_kwargs must have data_files: a file, a list, or files by split`);
}
