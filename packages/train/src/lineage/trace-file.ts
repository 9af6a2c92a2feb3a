import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { openCheckpoint } from "@llamero/core";
import { type LineageRecord, readJsonIn } from "./record.ts";

/** A thing by its content, and what it was made of. */
export interface LineageNode {
  kind: "model" | "adapter" | "data" | "tokenizer" | "run" | "eval";
  path: string;
  /** Of the file, or of the names and hashes of the files in a folder; null where it is not there. */
  sha256: string | null;
  /** What is known of it, such as a digest that was written down. */
  notes: readonly string[];
  from: readonly { role: string; node: LineageNode }[];
}

type Json = Readonly<Record<string, unknown>>;
type Parents = { notes: string[]; from: { role: string; node: LineageNode }[] };

/** A lineage that runs in a circle, or very long, ends here. */
const maxDepth = 40;

/** Follows a file or folder back through what runs, quantised files and results say. Throws RangeError where it is not. */
export async function traceFile(path: string): Promise<LineageNode> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) throw new RangeError(`There is no ${path}`);
  return await trace(resolve(path), "data", 0);
}

async function trace(path: string, guess: LineageNode["kind"], depth: number): Promise<LineageNode> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    return { kind: guess, path, sha256: null, notes: ["is not there any more"], from: [] };
  const sha256 = stats.isDirectory() ? await folderDigest(path) : await fileDigest(path);
  const kind = kindOf(path, stats.isDirectory(), guess);
  const parents: Parents = { notes: [], from: [] };
  if (depth < maxDepth) await addParents(path, kind, parents, depth + 1);
  return { kind, path, sha256, ...parents };
}

function kindOf(path: string, isFolder: boolean, guess: LineageNode["kind"]): LineageNode["kind"] {
  const has = (name: string): boolean =>
    isFolder && statSync(join(path, name), { throwIfNoEntry: false }) !== undefined;
  if (has("adapter_config.json") || /adapter\.gguf$/.test(path)) return "adapter";
  if (has("config.json") || /\.(gguf|safetensors|pth)$/.test(path)) return "model";
  if (["run.json", "rounds.json", "recipe.json", "lineage.json"].some(has)) return "run";
  if (/tokenizer\.(json|model)$/.test(path)) return "tokenizer";
  return guess;
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
const list = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((each): each is Json => typeof each === "object" && each !== null) : [];

async function addParents(
  path: string,
  kind: LineageNode["kind"],
  into: Parents,
  depth: number,
): Promise<void> {
  const add = async (role: string, parent: string, guess: LineageNode["kind"]): Promise<LineageNode> => {
    const node = await trace(resolve(parent), guess, depth);
    into.from.push({ role, node });
    return node;
  };
  if (kind === "model" && path.endsWith(".gguf")) await addQuantisation(path, into, add);
  const isFolder = statSync(path).isDirectory();
  if (!isFolder && path.endsWith(".json")) {
    addReport(readJsonIn(dirname(path), basename(path)), into);
    if (basename(path) === "rounds.json")
      return await addRounds(readJsonIn(dirname(path), "rounds.json")!, add);
  }
  for (const folder of isFolder ? [path, dirname(path)] : [dirname(path)]) {
    const isOwn = folder === path;
    const record = readJsonIn(folder, "lineage.json");
    if (record?.["format"] === "llamero-lineage") {
      const known = record as unknown as LineageRecord;
      if (!isOwn && !known.outputs.some((each) => resolve(each) === path)) continue;
      return await addRecord(known, into, add);
    }
    const run = readJsonIn(folder, "run.json");
    if (run !== null && (isOwn || kind === "model")) return await addPretraining(run, into, add);
    const rounds = isOwn ? readJsonIn(folder, "rounds.json") : null;
    if (rounds !== null) return await addRounds(rounds, add);
    const recipe = readJsonIn(folder, "recipe.json");
    if (recipe !== null && (isOwn || kind !== "data")) return await addRecipe(recipe, into, add);
    if (record !== null && (isOwn || kind === "data")) return addCuration(record, into);
  }
}

type Add = (role: string, path: string, guess: LineageNode["kind"]) => Promise<LineageNode>;

async function addRecord(record: LineageRecord, { notes }: Parents, add: Add): Promise<void> {
  notes.push(`made by ${record.made}`, `model digest then: ${record.model.digest}`);
  await add("model", record.model.path, "model");
  if (record.adapter !== null) await add("adapter", record.adapter, "adapter");
  for (const { path, sha256 } of record.data) {
    const node = await add("data", path, "data");
    if (node.sha256 !== null && node.sha256 !== sha256)
      notes.push(`${path} has changed since: it was ${sha256}`);
  }
}

async function addRecipe(recipe: Json, { notes }: Parents, add: Add): Promise<void> {
  const method = text(recipe["method"]);
  if (method !== null) notes.push(`made by ${method}`);
  const model = text(recipe["model"]);
  if (model !== null) await add("model", model, "model");
  for (const each of list(recipe["data"])) {
    const file = text(each["file"]);
    if (file !== null) await add("data", file, "data");
  }
}

async function addPretraining(run: Json, { notes }: Parents, add: Add): Promise<void> {
  notes.push(`made by ${text(run["kind"]) ?? "a run"}`);
  const recipe = run["recipe"] as Json | undefined;
  const tokenizer = text(recipe?.["tokenizer"]);
  if (tokenizer !== null) await add("tokenizer", tokenizer, "tokenizer");
  for (const [name, corpus] of Object.entries((run["data"] ?? {}) as Record<string, Json>)) {
    const files = Array.isArray(corpus["files"]) ? corpus["files"].length : corpus["files"];
    notes.push(`data ${name}: ${files} files, ${corpus["documents"]} documents, ${corpus["tokens"]} tokens`);
  }
  for (const before of list(run["lineage"])) {
    const path = text(before["path"]);
    if (path !== null) await add("checkpoint", path, "model");
  }
}

async function addRounds(rounds: Json, add: Add): Promise<void> {
  for (const round of list(rounds["rounds"])) {
    const base = text((round["base"] as Json | null)?.["path"]);
    const candidate = text((round["candidate"] as Json | null)?.["path"]);
    const role = `round ${round["round"]}, ${round["verdict"] ?? "not finished"}`;
    if (candidate !== null) await add(role, candidate, "model");
    else if (base !== null) await add(`${role}, began with`, base, "model");
  }
}

/** What `data curate` says of its inputs. */
function addCuration(lineage: Json, { notes, from }: Parents): void {
  notes.push("made by data curate");
  for (const input of list(lineage["inputs"]))
    from.push({
      role: text(input["source"]) ?? "input",
      node: {
        kind: "data",
        path: text(input["file"]) ?? "",
        sha256: text(input["sha256"]),
        notes: ["as it was then"],
        from: [],
      },
    });
}

async function addQuantisation(path: string, { notes }: Parents, add: Add): Promise<void> {
  const { metadata } = openCheckpoint(path);
  const field = (name: string): unknown => metadata[`llamero.quantize.${name}`];
  const source = text(field("source"));
  if (source === null) return;
  notes.push(
    `quantised to ${field("target")}, perplexity ${field("source_perplexity")} to ${field("perplexity")}`,
  );
  const beside = [source, join(dirname(path), source)].find(
    (each) => statSync(each, { throwIfNoEntry: false }) !== undefined,
  );
  await add("source", beside ?? source, "model");
  const proof = text(field("text_sha256"));
  if (proof !== null) notes.push(`measured on ${field("text")}, SHA-256 ${proof}`);
}

/** What an evaluation says of the model and the sets that it used. */
function addReport(report: Json | null, { notes }: Parents): void {
  for (const result of list(report?.["results"])) {
    const model = result["model"] as Json | undefined;
    if (model === undefined) continue;
    notes.push(
      `${result["task"]} of ${model["model"]}, weights ${model["modelHash"]}, set ${result["dataDigest"]}`,
    );
  }
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest("hex");
}

/** Of the files directly in a folder, without logs and checkpoints of a run; null where there is none. */
async function folderDigest(path: string): Promise<string | null> {
  const hash = createHash("sha256");
  const names = readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(log|lock|tmp)$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  for (const name of names) hash.update(`${name}\n${await fileDigest(join(path, name))}\n`);
  return names.length === 0 ? null : hash.digest("hex");
}
