import { dirname, resolve } from "node:path";
import { parseDocument } from "yaml";
import type { Json } from "../document.ts";
import type { InputFormat, InputLimits } from "../readers/record.ts";
import { isObject, parseBytes, readFields } from "./fields.ts";

/** Where documents come from. */
export interface SourceConfig {
  name: string;
  /** Paths, folders or patterns, relative to the configuration. */
  files: readonly string[];
  /** Null: by the file's name. */
  format: InputFormat | null;
  license: string;
  credit: string | null;
  /** Share in the mix, relative to the other sources. */
  weight: number | null;
  /** Names of fields or columns with the text and the address. */
  text: string;
  url: string;
  /** Fields kept as metadata; null for all. */
  meta: readonly string[] | null;
}

/** One stage as written. */
export interface StageConfig {
  name: string;
  options: Readonly<Record<string, Json>>;
}

/** Target shares of groups of documents. */
export interface MixConfig {
  by: "source" | "domain" | "language";
  targets: Readonly<Record<string, number>>;
  /** How often a document may occur in the output at most. */
  maxEpochs: number;
  /** Bytes of text to end with; null for the most that the targets allow. */
  totalBytes: number | null;
  seed: number;
}

export interface OutputConfig {
  folder: string;
  format: "jsonl.zst" | "jsonl" | "parquet";
  /** Bytes of text per shard, about. */
  shardBytes: number;
  /** Bytes of input after which a checkpoint is due even if no shard is full. */
  checkpointBytes: number;
}

/** A curation run, checked and with every default filled in. */
export interface CurateConfig {
  name: string;
  /** What the model trained on the texts will be called; licences of some sources have a say in it. */
  modelName: string | null;
  /** That of the configuration file. */
  folder: string;
  sources: readonly SourceConfig[];
  stages: readonly StageConfig[];
  mix: MixConfig | null;
  output: OutputConfig;
  limits: InputLimits;
}

const formats: readonly InputFormat[] = ["jsonl", "parquet", "warc", "html", "text", "tar"];

/** Reads a curation configuration from YAML. Throws SyntaxError naming what is wrong. */
export function parseCurateConfig(text: string, path: string): CurateConfig {
  const yaml = parseDocument(text, { prettyErrors: true });
  if (yaml.errors.length > 0) throw new SyntaxError(`${path} is not YAML: ${yaml.errors[0]!.message.trim()}`);
  const root = readFields(path, yaml.toJS());
  const folder = dirname(resolve(path));
  const sources = root.list("sources").map((value, index) => readSource(`${path}: sources[${index}]`, value));
  if (sources.length === 0) throw new SyntaxError(`${path}: sources is empty; name at least one`);
  const twice = sources.find(
    (source, index) => sources.findIndex(({ name }) => name === source.name) < index,
  );
  if (twice !== undefined) throw new SyntaxError(`${path}: two sources are called ${twice.name}`);
  const limits = readFields(`${path}: limits`, root.take("limits") ?? {});
  const config: CurateConfig = {
    name: root.text("name", "curated"),
    modelName: root.text("model_name", null),
    folder,
    sources,
    stages: root.list("stages", []).map((value, index) => readStage(`${path}: stages[${index}]`, value)),
    mix: readMix(`${path}: mix`, root.take("mix"), sources),
    output: readOutput(`${path}: output`, root.take("output"), folder),
    limits: {
      lineBytes: limits.bytes("lineBytes", 32 * 2 ** 20),
      documentBytes: limits.bytes("documentBytes", 32 * 2 ** 20),
    },
  };
  limits.finish();
  root.finish();
  return config;
}

function readSource(owner: string, value: unknown): SourceConfig {
  const fields = readFields(owner, value);
  const format = fields.text("format", "auto");
  if (format !== "auto" && !formats.includes(format as InputFormat))
    throw new SyntaxError(`${owner}: format takes auto, ${formats.join(", ")}, not ${format}`);
  const meta = fields.list("meta", null);
  const source: SourceConfig = {
    name: fields.text("name"),
    files: fields.list("files").map(String),
    format: format === "auto" ? null : (format as InputFormat),
    license: fields.text("license"),
    credit: fields.text("credit", null),
    weight: fields.number("weight", null),
    text: fields.text("text", "text"),
    url: fields.text("url", "url"),
    meta: meta === null ? null : meta.map(String),
  };
  fields.finish();
  return source;
}

function readStage(owner: string, value: unknown): StageConfig {
  if (typeof value === "string") return { name: value, options: {} };
  if (isObject(value)) {
    const entries = Object.entries(value);
    const [name, options] = entries[0] ?? [];
    if (entries.length === 1 && (options === null || isObject(options)))
      return { name: name!, options: (options ?? {}) as StageConfig["options"] };
  }
  throw new SyntaxError(
    `${owner} takes a name, or a name with options such as "length: {minCharacters: 200}", not ${JSON.stringify(value)}`,
  );
}

function readMix(owner: string, value: unknown, sources: readonly SourceConfig[]): MixConfig | null {
  const weighted = sources.filter(({ weight }) => weight !== null);
  if (value === undefined && weighted.length === 0) return null;
  const fields = readFields(owner, value ?? {});
  const by = fields.text("by", "source");
  if (by !== "source" && by !== "domain" && by !== "language")
    throw new SyntaxError(`${owner}: by takes source, domain or language, not ${by}`);
  const given = fields.take("targets");
  const targets: Record<string, number> = {};
  if (given === undefined) {
    if (by !== "source") throw new SyntaxError(`${owner}: targets is missing; give each ${by} its share`);
    for (const { name, weight } of sources) {
      if (weight === null)
        throw new SyntaxError(
          `${owner}: source ${name} has no weight while others have; give every source one`,
        );
      targets[name] = weight;
    }
  } else {
    if (weighted.length > 0)
      throw new SyntaxError(`${owner}: targets and the weights of sources exclude each other; keep one`);
    for (const [key, share] of Object.entries(readFields(`${owner}: targets`, given).rest())) {
      if (typeof share !== "number" || !(share >= 0))
        throw new SyntaxError(
          `${owner}: target of ${key} takes a number of at least 0, not ${JSON.stringify(share)}`,
        );
      if (by === "source" && !sources.some(({ name }) => name === key))
        throw new SyntaxError(`${owner}: target for ${key}, which is no source`);
      targets[key] = share;
    }
  }
  if (!Object.values(targets).some((share) => share > 0))
    throw new SyntaxError(`${owner}: every target is 0; give at least one a share`);
  const total = fields.take("totalBytes");
  const mix: MixConfig = {
    by,
    targets,
    maxEpochs: fields.number("maxEpochs", 1)!,
    totalBytes: total === undefined ? null : parseBytes(`${owner}: totalBytes`, total),
    seed: fields.number("seed", 0)!,
  };
  if (!(mix.maxEpochs > 0)) throw new SyntaxError(`${owner}: maxEpochs takes a number above 0`);
  fields.finish();
  return mix;
}

function readOutput(owner: string, value: unknown, folder: string): OutputConfig {
  const fields = readFields(owner, value ?? {});
  const format = fields.text("format", "jsonl.zst");
  if (format !== "jsonl.zst" && format !== "jsonl" && format !== "parquet")
    throw new SyntaxError(`${owner}: format takes jsonl.zst, jsonl or parquet, not ${format}`);
  const output: OutputConfig = {
    folder: resolve(folder, fields.text("folder", "curated")),
    format,
    shardBytes: fields.bytes("shardBytes", 256 * 2 ** 20),
    checkpointBytes: fields.bytes("checkpointBytes", 1024 * 2 ** 20),
  };
  fields.finish();
  return output;
}
