import { chooseFiles } from "./choose-files.ts";
import { type HubConnection, hubAccess, hubHeaders, listFiles, resolveUrl } from "./client.ts";
import { DownloadError, type DownloadOptions, type DownloadProgress, downloadFile } from "./download.ts";
import { type Manifest, type ManifestFile, manifestFile, parseManifest } from "./manifest.ts";
import { formatReference, type ModelReference } from "./reference.ts";
import type { ModelStorage } from "./storage.ts";

/** Progress of a whole model. */
export interface PullProgress extends DownloadProgress {
  fileIndex: number;
  numFiles: number;
  /** Bytes of all files there so far, and in total where every size is known. */
  allReceivedBytes: number;
  allTotalBytes: number | null;
}

/** Options of `pullModel`. */
export interface PullOptions {
  connection: HubConnection;
  /** Rooted at the folder of models. */
  storage: ModelStorage;
  onProgress?: (progress: PullProgress) => void;
  onWait?: (holder: string) => void;
  onRetry?: (reason: string, delayMs: number) => void;
  /** Called once before the first byte. */
  onPlan?: (plan: { name: string; numFiles: number; totalBytes: number | null }) => void;
}

interface PlannedFile {
  url: string;
  path: string;
  sizeBytes: number | null;
  digest: Parameters<typeof downloadFile>[0]["digest"];
}

/** Brings a model into storage, complete and verified or not at all; running it again continues. */
export async function pullModel(reference: ModelReference, options: PullOptions): Promise<Manifest> {
  const { storage, connection } = options;
  const plan = await planFiles(reference, connection);
  const source = formatReference(reference);
  const name = await freeName(storage, plan.name, reference, source);
  const totalBytes = sumSizes(plan.files);
  options.onPlan?.({ name, numFiles: plan.files.length, totalBytes });
  await checkTotalSpace(storage, name, plan.files);

  const files: ManifestFile[] = [];
  let commit: string | null = null;
  let before = 0;
  const old = parseManifest((await storage.readText(`${name}/${manifestFile}`)) ?? "");
  for (const [fileIndex, file] of plan.files.entries()) {
    const result = await downloadFile(
      {
        url: file.url,
        path: `${name}/${file.path}`,
        sizeBytes: file.sizeBytes,
        digest: file.digest,
        headers: reference.kind === "hub" ? hubHeaders(connection) : {},
        access: reference.kind === "hub" ? hubAccess(connection.endpoint) : "any",
      },
      downloadOptions(options, (progress) =>
        options.onProgress?.({
          ...progress,
          fileIndex,
          numFiles: plan.files.length,
          allReceivedBytes: before + progress.receivedBytes,
          allTotalBytes: totalBytes ?? (plan.files.length === 1 ? progress.totalBytes : null),
        }),
      ),
    );
    if (commit !== null && result.commit !== null && commit !== result.commit) {
      throw new DownloadError(`${source} changed while it was downloaded; run again`);
    }
    commit ??= result.commit;
    before += result.sizeBytes;
    const known = file.digest?.algorithm === "sha256" ? file.digest.hex : null;
    const earlier = old?.files.find(
      ({ path, sizeBytes }) => path === file.path && sizeBytes === result.sizeBytes,
    );
    files.push({
      path: file.path,
      sizeBytes: result.sizeBytes,
      sha256: result.sha256 ?? known ?? earlier?.sha256 ?? null,
    });
  }
  const manifest: Manifest = {
    name,
    source,
    commit: commit ?? old?.commit ?? null,
    primary: plan.primary,
    files,
    pulledAt: new Date().toISOString(),
  };
  await storage.writeText(`${name}/${manifestFile}`, `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

function downloadOptions(
  options: PullOptions,
  onProgress: (progress: DownloadProgress) => void,
): DownloadOptions {
  const { signal, retry } = options.connection;
  return {
    storage: options.storage,
    retry,
    onProgress,
    ...(signal === undefined ? {} : { signal }),
    ...(options.onWait === undefined ? {} : { onWait: options.onWait }),
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
  };
}

async function planFiles(
  reference: ModelReference,
  connection: HubConnection,
): Promise<{ name: string; primary: string | null; files: PlannedFile[] }> {
  if (reference.kind === "url") {
    const path = decodeURIComponent(new URL(reference.url).pathname.split("/").at(-1) ?? "");
    if (!isSafePath(path)) throw new SyntaxError(`The URL ${reference.url} does not end in a file name`);
    const name = path.replace(/\.gguf$/i, "");
    return { name, primary: path, files: [{ url: reference.url, path, sizeBytes: null, digest: null }] };
  }
  const { repo, revision, selector } = reference;
  const choice = chooseFiles(await listFiles(connection, repo, revision), repo, selector);
  const unsafe = choice.files.find(({ path }) => !isSafePath(path));
  if (unsafe !== undefined)
    throw new DownloadError(`The hub lists a file named ${JSON.stringify(unsafe.path)}; refused`);
  const files = choice.files.map((file) => ({
    ...file,
    url: resolveUrl(connection.endpoint, repo, revision, file.path),
  }));
  return { name: choice.name, primary: choice.primary, files };
}

/** Names come from a server: nothing that climbs out of the model's folder or collides with our own files. */
function isSafePath(path: string): boolean {
  const parts = path.split("/");
  const isSafe = (part: string): boolean => /^[\w][\w .()+=@-]*$/.test(part) && part !== manifestFile;
  return parts.every(isSafe) && !/\.(incomplete|incomplete\.json|lock|takeover)$/.test(path);
}

/** The plain name, or with the user's name in front when another source has taken it. */
async function freeName(
  storage: ModelStorage,
  wanted: string,
  reference: ModelReference,
  source: string,
): Promise<string> {
  const owner =
    reference.kind === "hub"
      ? reference.repo.slice(0, reference.repo.indexOf("/"))
      : new URL(reference.url).hostname;
  const repoOf = (text: string): string => text.replace(/^(hf:[^:@]+).*$/, "$1");
  for (const name of [wanted, `${owner}-${wanted}`]) {
    const text = await storage.readText(`${name}/${manifestFile}`);
    const manifest = text === null ? null : parseManifest(text);
    if (manifest === null || repoOf(manifest.source) === repoOf(source)) return name;
  }
  return source.replace(/[^\w.-]+/g, "-");
}

function sumSizes(files: readonly PlannedFile[]): number | null {
  let total = 0;
  for (const { sizeBytes } of files) {
    if (sizeBytes === null) return null;
    total += sizeBytes;
  }
  return total;
}

async function checkTotalSpace(
  storage: ModelStorage,
  name: string,
  files: readonly PlannedFile[],
): Promise<void> {
  let needed = 0;
  for (const { path, sizeBytes } of files) {
    const there =
      (await storage.size(`${name}/${path}`)) ?? (await storage.size(`${name}/${path}.incomplete`)) ?? 0;
    needed += Math.max(0, (sizeBytes ?? 0) - there);
  }
  const free = await storage.freeBytes();
  if (free !== null && free < needed) {
    throw new DownloadError(
      `${name} needs ${needed} more bytes, but only ${free} are free at ${storage.describe("")}; ` +
        "free some space or point LLAMERO_HOME to another disk",
    );
  }
}
