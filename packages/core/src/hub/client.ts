import { RefusedRequestError } from "../net/policy.ts";
import { type Access, request } from "../net/request.ts";
import type { Digest } from "./download.ts";
import { HubError, type RetryPolicy, statusError, withRetries } from "./retry.ts";

/** Where the hub is when HF_ENDPOINT does not say otherwise. */
export const defaultEndpoint = "https://huggingface.co";

/** A server that speaks the Hugging Face hub protocol. */
export interface HubConnection {
  /** Without a trailing slash. */
  endpoint: string;
  /** Sent to the endpoint only, never to where it redirects. */
  token: string | null;
  retry: RetryPolicy;
  signal?: AbortSignal;
}

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  path: string;
  sizeBytes: number | null;
  digest: Digest | null;
}

const encodePath = (path: string): string => path.split("/").map(encodeURIComponent).join("/");

/** The configured endpoint is trusted; what the public hub redirects to must be public. */
export function hubAccess(endpoint: string): Access {
  return endpoint === defaultEndpoint ? "public-after-redirect" : "any";
}

/** Headers for requests to the endpoint. */
export function hubHeaders(connection: HubConnection): Record<string, string> {
  return connection.token === null ? {} : { authorization: `Bearer ${connection.token}` };
}

/** Address of one file of a repository. */
export function resolveUrl(endpoint: string, repo: string, revision: string, path: string): string {
  return `${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${encodePath(path)}`;
}

/** All files of a repository at a revision. */
export async function listFiles(
  connection: HubConnection,
  repo: string,
  revision: string,
): Promise<HubFile[]> {
  const base = `${connection.endpoint}/api/models/${repo}`;
  try {
    return await listTree(connection, `${base}/tree/${encodeURIComponent(revision)}?recursive=true`);
  } catch (error) {
    // Mirrors that serve only the model document.
    if (!(error instanceof HubError) || error.status !== 404) throw error;
  }
  const suffix = revision === "main" ? "" : `/revision/${encodeURIComponent(revision)}`;
  const { body } = await getJson(connection, `${base}${suffix}?blobs=true`);
  return readSiblings(body, repo);
}

async function listTree(connection: HubConnection, firstUrl: string): Promise<HubFile[]> {
  const files: HubFile[] = [];
  for (let url: string | null = firstUrl; url !== null; ) {
    const page: { body: unknown; next: string | null } = await getJson(connection, url);
    if (!Array.isArray(page.body)) throw new TypeError(`${url} did not answer with a list of files`);
    for (const entry of page.body as unknown[]) {
      const file = readTreeEntry(entry);
      if (file !== null) files.push(file);
    }
    url = page.next;
  }
  return files;
}

function readTreeEntry(entry: unknown): HubFile | null {
  if (!isRecord(entry) || entry["type"] !== "file" || typeof entry["path"] !== "string") return null;
  const lfs = entry["lfs"];
  const sha256 = isRecord(lfs) ? lfs["oid"] : null;
  const size = isRecord(lfs) && typeof lfs["size"] === "number" ? lfs["size"] : entry["size"];
  return {
    path: entry["path"],
    sizeBytes: typeof size === "number" ? size : null,
    digest: readDigest(sha256, isRecord(lfs) ? null : entry["oid"]),
  };
}

function readSiblings(body: unknown, repo: string): HubFile[] {
  if (!isRecord(body) || !Array.isArray(body["siblings"])) {
    throw new TypeError(`The hub's description of ${repo} lists no files`);
  }
  return (body["siblings"] as unknown[]).filter(isRecord).flatMap((sibling): HubFile[] => {
    const path = sibling["rfilename"];
    if (typeof path !== "string") return [];
    const lfs = sibling["lfs"];
    const size = sibling["size"];
    return [
      {
        path,
        sizeBytes: typeof size === "number" ? size : null,
        digest: readDigest(isRecord(lfs) ? lfs["sha256"] : null, isRecord(lfs) ? null : sibling["blobId"]),
      },
    ];
  });
}

function readDigest(sha256: unknown, gitSha1: unknown): Digest | null {
  if (typeof sha256 === "string" && /^[0-9a-f]{64}$/.test(sha256))
    return { algorithm: "sha256", hex: sha256 };
  if (typeof gitSha1 === "string" && /^[0-9a-f]{40}$/.test(gitSha1))
    return { algorithm: "git-sha1", hex: gitSha1 };
  return null;
}

/** A listing is small: the time a download may be silent is enough for all of it. */
async function getJson(
  connection: HubConnection,
  url: string,
): Promise<{ body: unknown; next: string | null }> {
  const isFinal = (error: unknown): boolean =>
    error instanceof HubError || error instanceof RefusedRequestError;
  return withRetries(connection.retry, connection.signal, isFinal, async () => {
    const response = await request(url, {
      purpose: "pull",
      access: hubAccess(connection.endpoint),
      headers: { ...hubHeaders(connection), accept: "application/json" },
      signal: AbortSignal.any([
        AbortSignal.timeout(connection.retry.stallTimeoutMs),
        ...(connection.signal === undefined ? [] : [connection.signal]),
      ]),
    });
    if (response.status !== 200) throw await statusError(response, url);
    const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    const next = link === undefined ? null : new URL(link, url);
    if (next !== null && next.origin !== new URL(connection.endpoint).origin) {
      throw new RefusedRequestError(
        `${connection.endpoint} continues its list of files at ${next.origin}; refused`,
      );
    }
    return { body: await response.json(), next: next?.href ?? null };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
