import { RefusedRequestError } from "../net/policy.ts";
import { type Access, request } from "../net/request.ts";
import { HubError, type RetryPolicy, retryDelayMs, statusError } from "./retry.ts";
import { type Hash, type ModelStorage, StorageFullError, type StorageLock } from "./storage.ts";

/** What a file must hash to; `git-sha1` is a git blob id, which the hub gives for small files. */
export interface Digest {
  algorithm: "sha256" | "git-sha1";
  hex: string;
}

/** One file to bring into storage, and what is known about it beforehand. */
export interface DownloadTask {
  url: string;
  /** Path in storage. */
  path: string;
  sizeBytes: number | null;
  digest: Digest | null;
  headers: Readonly<Record<string, string>>;
  access: Access;
}

export interface DownloadProgress {
  path: string;
  receivedBytes: number;
  totalBytes: number | null;
}

export interface DownloadOptions {
  storage: ModelStorage;
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  /** Told once when another process downloads the same file and this one waits. */
  onWait?: (holder: string) => void;
  /** Told before each new try. */
  onRetry?: (reason: string, delayMs: number) => void;
  retry: RetryPolicy;
}

export interface DownloadResult {
  path: string;
  sizeBytes: number;
  /** Null when the file was there already. */
  sha256: string | null;
  /** Revision that the server says it served, or null. */
  commit: string | null;
}

/** Nothing that trying again can mend: wrong sizes, wrong checksums, no access, no space. */
export class DownloadError extends Error {
  override name = "DownloadError";
}

/** Brings one file into storage: resumes, retries, checks size and checksum, and renames only what is complete. */
export async function downloadFile(task: DownloadTask, options: DownloadOptions): Promise<DownloadResult> {
  const present = await findComplete(task, options.storage);
  if (present !== null) return present;
  const lock = await waitForLock(`${task.path}.lock`, options);
  try {
    return (await findComplete(task, options.storage)) ?? (await new Download(task, options, lock).run());
  } finally {
    await lock.release();
  }
}

/** Final names are given to verified files only, so the size is enough. */
async function findComplete(task: DownloadTask, storage: ModelStorage): Promise<DownloadResult | null> {
  const size = await storage.size(task.path);
  if (size === null || (task.sizeBytes !== null && size !== task.sizeBytes)) return null;
  return { path: task.path, sizeBytes: size, sha256: null, commit: null };
}

async function waitForLock(path: string, options: DownloadOptions): Promise<StorageLock> {
  for (let told = false; ; told = true) {
    options.signal?.throwIfAborted();
    const lock = await options.storage.lock(path);
    if (typeof lock !== "string") return lock;
    if (!told) options.onWait?.(lock);
    await options.retry.sleep(200, options.signal);
  }
}

/** What the headers of one answer promise. */
interface Offer {
  /** Where in the file the body starts. */
  offset: number;
  totalBytes: number | null;
  etag: string | null;
  digest: Digest | null;
}

class Download {
  private readonly partial: string;
  private readonly statePath: string;
  private sha256: Hash;
  private gitSha1: Hash | null = null;
  private hashedBytes = 0;
  private commit: string | null = null;
  private readonly task: DownloadTask;
  private readonly options: DownloadOptions;
  private readonly lock: StorageLock;

  constructor(task: DownloadTask, options: DownloadOptions, lock: StorageLock) {
    this.task = task;
    this.options = options;
    this.lock = lock;
    this.partial = `${task.path}.incomplete`;
    this.statePath = `${task.path}.incomplete.json`;
    this.sha256 = options.storage.createHash("sha256");
  }

  async run(): Promise<DownloadResult> {
    const { storage, retry, signal } = this.options;
    let failures = 0;
    let mayRestart = true;
    for (;;) {
      signal?.throwIfAborted();
      const before = (await storage.size(this.partial)) ?? 0;
      try {
        const sizeBytes = await this.attempt(before);
        if (sizeBytes !== "restart") {
          await storage.rename(this.partial, this.task.path);
          await storage.remove(this.statePath);
          return { path: this.task.path, sizeBytes, sha256: this.sha256Hex, commit: this.commit };
        }
        // What an earlier run left is not a part of what the server has now.
        if (!mayRestart) throw this.error("the server does not serve the same file twice; try again later");
        mayRestart = false;
        await storage.remove(this.partial);
      } catch (error) {
        signal?.throwIfAborted();
        if (isFinal(error)) throw error;
        if (error instanceof StorageFullError) throw await this.fullError(error);
        const after = (await storage.size(this.partial)) ?? 0;
        failures = after > before ? 1 : failures + 1;
        const reason = error instanceof Error ? error.message : String(error);
        if (failures >= retry.attempts) {
          throw this.error(
            `${reason} (${failures} tries in a row without progress${after > 0 ? "; run again to resume" : ""})`,
            error,
          );
        }
        const delayMs = retryDelayMs(error, failures, retry);
        this.options.onRetry?.(reason, delayMs);
        await retry.sleep(delayMs, signal);
      }
    }
  }

  private sha256Hex = "";

  /** One request. Returns the size of the complete, verified file, or `restart` when what is there is of no use. */
  private async attempt(have: number): Promise<number | "restart"> {
    const { task } = this;
    const hops: Headers[] = [];
    const response = await request(task.url, {
      purpose: "pull",
      access: task.access,
      headers: {
        ...task.headers,
        "accept-encoding": "identity",
        ...(have > 0 ? { range: `bytes=${have}-` } : {}),
      },
      onResponse: (_, hop) => hops.push(hop.headers),
      ...(this.options.signal === undefined ? {} : { signal: this.options.signal }),
    });
    try {
      if (response.status === 416 && have > 0) return await this.finishUnranged(response, hops, have);
      if (response.status !== 200 && response.status !== 206) throw await statusError(response, task.url);
      const offer = this.readOffer(response, hops);
      if (offer === null || (have > 0 && (await this.hasChanged(offer)))) return "restart";
      await this.options.storage.writeText(
        this.statePath,
        JSON.stringify({ url: task.url, etag: offer.etag }),
      );
      await this.checkSpace(offer);
      const received = await this.receive(response, offer);
      if (offer.totalBytes !== null && received < offer.totalBytes) {
        throw new Error(`the connection ended after ${received} of ${offer.totalBytes} bytes`);
      }
      return (await this.verify(received, offer.digest, have > 0 && offer.offset > 0)) ? received : "restart";
    } finally {
      // Errors if the body was read or is broken already; either way nothing is left to cancel.
      await response.body?.cancel().catch(() => undefined);
    }
  }

  /** 416 to `bytes=have-`: either all is here already, or the file is not what it was. */
  private async finishUnranged(
    response: Response,
    hops: readonly Headers[],
    have: number,
  ): Promise<number | "restart"> {
    const total = Number(
      /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN,
    );
    const promised = this.agreeOnSize(hops, Number.isNaN(total) ? null : total);
    if (promised !== have) return "restart";
    return (await this.verify(have, this.agreeOnDigest(hops), true)) ? have : "restart";
  }

  /** Null when a partial answer does not continue what is here. */
  private readOffer(response: Response, hops: readonly Headers[]): Offer | null {
    let offset = 0;
    let totalBytes: number | null = null;
    if (response.status === 206) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get("content-range") ?? "");
      if (range === null) return null;
      offset = Number(range[1]);
      totalBytes = range[2] === "*" ? null : Number(range[2]);
    } else if (response.headers.get("content-encoding") === null) {
      const length = response.headers.get("content-length");
      totalBytes = length === null ? null : Number(length);
    }
    this.commit ??= firstHeader(hops, "x-repo-commit");
    return {
      offset,
      totalBytes: this.agreeOnSize(hops, totalBytes),
      etag: cleanEtag(firstHeader(hops, "x-linked-etag") ?? response.headers.get("etag")),
      digest: this.agreeOnDigest(hops),
    };
  }

  private agreeOnSize(hops: readonly Headers[], answered: number | null): number | null {
    const linked = firstHeader(hops, "x-linked-size");
    const claims: [who: string, size: number][] = [];
    if (this.task.sizeBytes !== null) claims.push(["the listing", this.task.sizeBytes]);
    if (linked !== null) claims.push(["X-Linked-Size", Number(linked)]);
    if (answered !== null) claims.push(["the download", answered]);
    const first = claims[0];
    const other = claims.find(([, size]) => size !== first?.[1]);
    if (first !== undefined && other !== undefined) {
      throw this.error(`${first[0]} promises ${first[1]} bytes, ${other[0]} promises ${other[1]}; refused`);
    }
    return first?.[1] ?? null;
  }

  private agreeOnDigest(hops: readonly Headers[]): Digest | null {
    const etag = cleanEtag(firstHeader(hops, "x-linked-etag"));
    const linked = etag !== null && /^[0-9a-f]{64}$/.test(etag) ? etag : null;
    const { digest } = this.task;
    if (linked === null) return digest;
    if (digest?.algorithm === "sha256" && digest.hex !== linked) {
      throw this.error(`the listing says sha256 ${digest.hex}, the server says ${linked}`);
    }
    return { algorithm: "sha256", hex: linked };
  }

  private async hasChanged(offer: Offer): Promise<boolean> {
    if (offer.offset > 0 && offer.offset !== ((await this.options.storage.size(this.partial)) ?? 0))
      return true;
    const text = await this.options.storage.readText(this.statePath);
    const state = text === null ? null : (JSON.parse(text) as { etag: string | null });
    return (
      offer.offset > 0 &&
      state !== null &&
      state.etag !== null &&
      offer.etag !== null &&
      state.etag !== offer.etag
    );
  }

  private async checkSpace(offer: Offer): Promise<void> {
    if (offer.totalBytes === null) return;
    const free = await this.options.storage.freeBytes();
    const needed = offer.totalBytes - offer.offset;
    if (free !== null && free < needed) {
      throw this.error(
        `needs ${needed} bytes, but only ${free} are free at ${this.options.storage.describe("")}; ` +
          "free some space or point LLAMERO_HOME to another disk",
      );
    }
  }

  /** Writes the body behind `offset`; returns the size of the file so far. */
  private async receive(response: Response, offer: Offer): Promise<number> {
    const { storage, retry } = this.options;
    await this.prepareHashes(offer);
    const writer = await storage.openAt(this.partial, offer.offset);
    let received = offer.offset;
    let tooMany = false;
    try {
      const reader = response.body?.getReader();
      for (;;) {
        this.options.onProgress?.({
          path: this.task.path,
          receivedBytes: received,
          totalBytes: offer.totalBytes,
        });
        const { done, value } = (await withStallTimeout(reader?.read(), retry.stallTimeoutMs)) ?? {
          done: true,
        };
        if (done || value === undefined) break;
        tooMany = offer.totalBytes !== null && received + value.length > offer.totalBytes;
        if (tooMany) break;
        if (!this.lock.isHeld()) throw this.error("another process took over this download; run again");
        await writer.write(value);
        this.hash(value);
        received += value.length;
      }
    } finally {
      await writer.close();
    }
    if (tooMany) {
      await storage.remove(this.partial);
      throw this.error(
        `the server sent more than the ${offer.totalBytes} bytes it promised; nothing was kept of it`,
      );
    }
    return received;
  }

  /** Brings the hashes to the state after the first `offset` bytes. */
  private async prepareHashes(offer: Offer): Promise<void> {
    if (this.hashedBytes === offer.offset && offer.offset > 0) return;
    const { storage } = this.options;
    this.sha256 = storage.createHash("sha256");
    this.gitSha1 = null;
    if (offer.digest?.algorithm === "git-sha1" && offer.totalBytes !== null) {
      this.gitSha1 = storage.createHash("sha1");
      this.gitSha1.update(new TextEncoder().encode(`blob ${offer.totalBytes}\0`));
    }
    this.hashedBytes = 0;
    if (offer.offset === 0) return;
    for await (const bytes of storage.read(this.partial)) this.hash(bytes);
  }

  private hash(bytes: Uint8Array): void {
    this.sha256.update(bytes);
    this.gitSha1?.update(bytes);
    this.hashedBytes += bytes.length;
  }

  /** False when the checksum is wrong and an earlier run's part may be why. */
  private async verify(sizeBytes: number, digest: Digest | null, wasResumed: boolean): Promise<boolean> {
    if (this.hashedBytes !== sizeBytes) {
      await this.prepareHashes({ offset: sizeBytes, totalBytes: sizeBytes, etag: null, digest });
    }
    this.sha256Hex = this.sha256.hex();
    if (digest === null) return true;
    const actual = digest.algorithm === "sha256" ? this.sha256Hex : this.gitSha1?.hex();
    if (actual === digest.hex) return true;
    this.hashedBytes = 0;
    if (wasResumed) return false;
    await this.options.storage.remove(this.partial);
    throw this.error(
      `${digest.algorithm} is ${actual}, expected ${digest.hex}; the download was deleted, run again`,
    );
  }

  private async fullError(cause: StorageFullError): Promise<DownloadError> {
    const kept = (await this.options.storage.size(this.partial)) ?? 0;
    return this.error(`${cause.message} after ${kept} bytes; free some space and run again to resume`, cause);
  }

  private error(message: string, cause?: unknown): DownloadError {
    return new DownloadError(`${this.task.path}: ${message}`, { cause });
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof DownloadError || error instanceof RefusedRequestError || error instanceof HubError;
}

function firstHeader(hops: readonly Headers[], name: string): string | null {
  for (const headers of hops) {
    const value = headers.get(name);
    if (value !== null) return value;
  }
  return null;
}

function cleanEtag(etag: string | null): string | null {
  return etag === null ? null : etag.replace(/^W\//, "").replace(/^"(.*)"$/, "$1");
}

async function withStallTimeout<T>(
  promise: Promise<T> | undefined,
  timeoutMs: number,
): Promise<T | undefined> {
  if (promise === undefined) return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no data for ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, stalled]);
  } finally {
    clearTimeout(timer);
  }
}
