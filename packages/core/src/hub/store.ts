import { existsSync, statSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, isAbsolute, join, relative, resolve } from "node:path";
import { type Manifest, manifestFile, parseManifest } from "./manifest.ts";

/** A model on this machine. */
export interface StoredModel {
  name: string;
  /** What to open: a file or a folder. */
  path: string;
  /** What to remove: the model's folder or its single file. */
  root: string;
  sizeBytes: number;
  addedAt: Date;
  manifest: Manifest | null;
}

/** The folder everything is kept in: LLAMERO_HOME, or llamero in the XDG cache folder. */
export function homeFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const home = env["LLAMERO_HOME"];
  if (home !== undefined && home !== "") return resolve(home);
  const cache = env["XDG_CACHE_HOME"];
  return join(cache !== undefined && cache !== "" ? cache : join(homedir(), ".cache"), "llamero");
}

/** The folder of models. */
export function modelsFolder(home: string = homeFolder()): string {
  return join(home, "models");
}

/** All complete models in the store, newest first. GGUF files that a user copied there count too. */
export async function listModels(folder: string = modelsFolder()): Promise<StoredModel[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") return [];
    throw error;
  });
  const models: StoredModel[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // A link to a file that is gone is not a model.
    const stats = await stat(path).catch(() => null);
    if (stats === null) continue;
    if (stats.isDirectory()) models.push(...(await readModelFolder(path, entry.name)));
    else if (isWeightFile(entry.name)) {
      models.push({
        name: stem(entry.name),
        path,
        root: path,
        sizeBytes: stats.size,
        addedAt: stats.mtime,
        manifest: null,
      });
    }
  }
  return models.sort((a, b) => b.addedAt.getTime() - a.addedAt.getTime() || (a.name < b.name ? -1 : 1));
}

async function readModelFolder(folder: string, name: string): Promise<StoredModel[]> {
  const names = await readdir(folder);
  const manifest = names.includes(manifestFile)
    ? parseManifest(await readFile(join(folder, manifestFile), "utf8"))
    : null;
  if (manifest !== null) {
    const path = manifest.primary === null ? folder : join(folder, manifest.primary);
    const sizeBytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return [{ name, path, root: folder, sizeBytes, addedAt: new Date(manifest.pulledAt), manifest }];
  }
  const ggufs = names.filter((file) => isWeightFile(file));
  const isFolderModel = names.includes("config.json") || names.includes("params.json");
  if (!isFolderModel && ggufs.length === 0) return [];
  if (isFolderModel) {
    const sizes = await Promise.all(names.map(async (file) => (await stat(join(folder, file))).size));
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    return [
      { name, path: folder, root: folder, sizeBytes, addedAt: (await stat(folder)).mtime, manifest: null },
    ];
  }
  return Promise.all(
    ggufs.map(async (file) => {
      const path = join(folder, file);
      const stats = await stat(path);
      const shownName = ggufs.length === 1 ? name : `${name}/${stem(file)}`;
      const root = ggufs.length === 1 ? folder : path;
      return { name: shownName, path, root, sizeBytes: stats.size, addedAt: stats.mtime, manifest: null };
    }),
  );
}

/** The model added last, or null in an empty store. */
export async function newestModel(folder: string = modelsFolder()): Promise<StoredModel | null> {
  return (await listModels(folder))[0] ?? null;
}

/** Finds a model by path, name, source or an unambiguous beginning of its name; null when nothing fits. */
export async function findModel(text: string, folder: string = modelsFolder()): Promise<StoredModel | null> {
  const models = await listModels(folder);
  const lower = text.toLowerCase();
  const bySource = lower.replace(/^hf:/, "");
  const exact =
    models.find(({ name }) => name === text) ??
    models.find(({ name }) => name.toLowerCase() === lower) ??
    models.find(({ manifest }) => manifest?.source.toLowerCase().replace(/^hf:/, "") === bySource);
  if (exact !== undefined) return exact;
  if (existsSync(text)) return modelAtPath(text);
  const candidates = models.filter(({ name }) => name.toLowerCase().startsWith(lower));
  if (candidates.length > 1) {
    throw new RangeError(
      `${JSON.stringify(text)} fits ${candidates.length} models: ${candidates.map(({ name }) => name).join(", ")}`,
    );
  }
  return candidates[0] ?? null;
}

function modelAtPath(text: string): StoredModel {
  const path = resolve(text);
  const stats = statSync(path);
  return {
    name: stem(basename(path)),
    path,
    root: path,
    sizeBytes: stats.size,
    addedAt: stats.mtime,
    manifest: null,
  };
}

/** Removes a model of the store from the disk. */
export async function removeModel(model: StoredModel, folder: string = modelsFolder()): Promise<void> {
  const inside = relative(resolve(folder), resolve(model.root));
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) {
    throw new RangeError(`${model.root} is not in the store ${folder}; delete the file yourself`);
  }
  await rm(model.root, { recursive: true, force: true });
}

function isWeightFile(name: string): boolean {
  // Of a model in parts, the first stands for all.
  const shard = /-(\d{5})-of-\d{5}\.gguf$/.exec(name);
  return name.endsWith(".gguf") && (shard === null || Number(shard[1]) === 1);
}

function stem(name: string): string {
  return name.replace(/(-\d{5}-of-\d{5})?\.gguf$/i, "");
}
