import type { HubFile } from "./client.ts";

/** The files to download for one model, and what to call it. */
export interface FileChoice {
  files: readonly HubFile[];
  /** The file to open, or null for a folder of safetensors. */
  primary: string | null;
  name: string;
}

/** Taken in this order when nobody says which: small and good first. */
const defaultQuantizations = [
  "Q4_K_M",
  "Q4_0",
  "Q8_0",
  "Q4_K_S",
  "Q5_K_M",
  "Q6_K",
  "Q4_1",
  "BF16",
  "F16",
  "F32",
];

const shardPattern = /-(\d{5})-of-(\d{5})(?=\.(gguf|safetensors)$)/;

/** Picks what to download: the named file or quantization, a sensible GGUF, or a whole safetensors model. */
export function chooseFiles(files: readonly HubFile[], repo: string, selector: string | null): FileChoice {
  const ggufs = files.filter(({ path }) => path.endsWith(".gguf") && !/(^|\/)mmproj[^/]*$/i.test(path));
  if (selector !== null) {
    const exact = files.find(({ path }) => path === selector);
    if (exact !== undefined && !/\.(gguf|safetensors)$/.test(selector)) {
      return { files: [exact], primary: exact.path, name: baseName(exact.path) };
    }
    const gguf =
      exact !== undefined && selector.endsWith(".gguf") ? exact : findQuantization(ggufs, selector);
    if (gguf !== undefined) return ggufChoice(gguf, files);
    if (selector === "safetensors" || exact !== undefined) return safetensorsChoice(files, repo);
    throw new RangeError(`${repo} has no file or quantization ${selector}; it has ${listNames(files)}`);
  }
  for (const quantization of defaultQuantizations) {
    const gguf = findQuantization(ggufs, quantization);
    if (gguf !== undefined) return ggufChoice(gguf, files);
  }
  if (ggufs.length === 1) return ggufChoice(ggufs[0]!, files);
  if (ggufs.length > 1) {
    throw new RangeError(`${repo} has several GGUF files; name one: ${listNames(ggufs)}`);
  }
  return safetensorsChoice(files, repo);
}

/** The shortest path wins: `model-Q4_0.gguf` before `extra/model-Q4_0.gguf`. */
function findQuantization(ggufs: readonly HubFile[], quantization: string): HubFile | undefined {
  const escaped = quantization.replace(/\.gguf$/i, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = new RegExp(`(^|[-._/])${escaped}([-._/]|$)`, "i");
  return ggufs
    .filter(({ path }) => pattern.test(path.replace(/\.gguf$/i, "")))
    .sort((a, b) => a.path.length - b.path.length || (a.path < b.path ? -1 : 1))[0];
}

function ggufChoice(file: HubFile, files: readonly HubFile[]): FileChoice {
  const shard = shardPattern.exec(file.path);
  const parts =
    shard === null
      ? [file]
      : files.filter(({ path }) => path.replace(shardPattern, "") === file.path.replace(shardPattern, ""));
  if (shard !== null && parts.length !== Number(shard[2])) {
    throw new RangeError(
      `${file.path} is one of ${Number(shard[2])} parts, but only ${parts.length} are listed`,
    );
  }
  const sorted = [...parts].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files: sorted, primary: sorted[0]!.path, name: baseName(file.path) };
}

function safetensorsChoice(files: readonly HubFile[], repo: string): FileChoice {
  const top = files.filter(({ path }) => !path.includes("/"));
  const weights = top.filter(({ path }) => path.endsWith(".safetensors"));
  // Some repositories hold the same weights whole and in shards.
  const shards = weights.filter(({ path }) => shardPattern.test(path));
  const whole = weights.filter(({ path }) => path === "model.safetensors");
  const chosen = shards.length > 0 ? shards : whole.length > 0 ? whole : weights;
  if (chosen.length === 0) {
    throw new RangeError(`${repo} holds neither GGUF nor safetensors weights; it has ${listNames(files)}`);
  }
  const companions = top.filter(({ path }) =>
    /^(.*config\.json|tokenizer.*|special_tokens_map\.json|vocab\.(json|txt)|spm\.model|modules\.json|merges\.txt|chat_template\.\w+|model\.safetensors\.index\.json|LICENSE.*|USE_POLICY.*)$/.test(
      path,
    ),
  );
  // Beside the weights of a sentence encoder, how its states become one vector.
  const pooling = files.filter(({ path }) => /^[^/]*_Pooling\/config\.json$/.test(path));
  const repoName = repo.slice(repo.indexOf("/") + 1);
  return { files: [...companions, ...pooling, ...chosen], primary: null, name: repoName };
}

function baseName(path: string): string {
  return path
    .slice(path.lastIndexOf("/") + 1)
    .replace(shardPattern, "")
    .replace(/\.gguf$/i, "");
}

function listNames(files: readonly HubFile[]): string {
  const names = files.map(({ path }) => path);
  return names.length <= 12
    ? names.join(", ")
    : `${names.slice(0, 12).join(", ")} and ${names.length - 12} more`;
}
