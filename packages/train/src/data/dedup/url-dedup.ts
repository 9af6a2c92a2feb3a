import { isMainThread } from "node:worker_threads";
import type { Document, Json, Verdict } from "../document.ts";
import { refuseUnknown } from "../pipeline/options.ts";
import type { GlobalStage } from "../stage.ts";
import { KeyMap } from "./key-map.ts";
import { loadWords, saveArray } from "./memory-file.ts";
import { readDocuments } from "./read-documents.ts";
import { mixPair } from "./text-hash.ts";
import { normalizeUrl } from "./url-key.ts";

/**
 * Options: `keep`, "first" (default) or "newest"; for the latter `date`, the field with the date (default "date"), and
 * `files`, those of the sources, whose addresses (`url`) and dates are read before the run. Documents without address pass.
 */
export async function createUrlDedup(
  written: Readonly<Record<string, Json>>,
  context: { folder: string },
): Promise<GlobalStage> {
  refuseUnknown("url-dedup", written, ["keep", "date", "files", "url"]);
  const keep = written["keep"] ?? "first";
  if (keep !== "first" && keep !== "newest")
    throw new SyntaxError(`url-dedup: keep takes "first" or "newest", not ${JSON.stringify(keep)}`);
  const text = (name: string, fallback: string): string => {
    const value = written[name] ?? fallback;
    if (typeof value === "string") return value;
    throw new SyntaxError(`url-dedup: ${name} takes a text, not ${JSON.stringify(value)}`);
  };
  const date = text("date", "date");
  const url = text("url", "url");
  const files = written["files"] ?? [];
  const patterns = typeof files === "string" ? [files] : files;
  if (!Array.isArray(patterns) || !patterns.every((entry) => typeof entry === "string"))
    throw new SyntaxError(`url-dedup: files takes a path or a list of them, not ${JSON.stringify(files)}`);
  if ((keep === "newest") !== patterns.length > 0)
    throw new SyntaxError(
      'url-dedup: keep: "newest" goes with files, the inputs to read addresses and dates from',
    );
  const newest = new KeyMap();
  if (keep === "newest" && isMainThread) {
    const fields = { text: "text", url };
    for await (const document of readDocuments("url-dedup", patterns as string[], context.folder, fields)) {
      const key = keyOf(document.url);
      const seconds = secondsOf(document, date);
      if (key !== null && seconds > newest.get(key[0]!, key[1]!)) newest.set(key[0]!, key[1]!, seconds);
    }
  }
  const seen = new KeyMap();
  return {
    kind: "global",
    name: "url-dedup",
    version: 1,
    options: keep === "first" ? { keep } : { keep, date, url, files: patterns as Json },
    digest: (document) => keyOf(document.url) ?? new Uint32Array(0),
    decide(document, digest): Verdict {
      if (digest.length === 0) return { keep: true, document };
      const [low, high] = [digest[0]!, digest[1]!];
      if (seen.get(low, high) >= 0) return { keep: false, reason: "same address" };
      if (keep === "newest" && secondsOf(document, date) < newest.get(low, high))
        return { keep: false, reason: "newer at the same address" };
      seen.set(low, high, 0);
      return { keep: true, document };
    },
    save: (folder) => saveArray(folder, "addresses.bin", seen.pack()),
    async load(folder) {
      seen.unpack(await loadWords(folder, "addresses.bin"));
    },
  };
}

function keyOf(address: string | undefined): Uint32Array | null {
  const normal = address === undefined ? null : normalizeUrl(address);
  if (normal === null) return null;
  const pair = new Int32Array([0x811c9dc5, 0x2545f491]);
  for (let at = 0; at < normal.length; at++) mixPair(pair, normal.charCodeAt(at));
  return new Uint32Array([pair[0]!, pair[1]!]);
}

/** Seconds since 1970 of a document's date; 0 where it has none. */
function secondsOf(document: Document, field: string): number {
  return parseSeconds(document.meta[field]);
}

/** Seconds since 1970 of a date as text or number of seconds; 0 for anything else. */
export function parseSeconds(value: Json | undefined): number {
  const seconds =
    typeof value === "number" ? value : typeof value === "string" ? Date.parse(value) / 1000 : 0;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.floor(seconds), 0xfffffffd) : 0;
}
