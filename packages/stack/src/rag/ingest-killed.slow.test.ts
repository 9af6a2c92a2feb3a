import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FakeEmbedder } from "./fake-embedder.ts";
import { IndexFiles } from "./index-files.ts";
import type { IndexVersion } from "./index-storage.ts";
import { ingestFolder } from "./ingest-folder.ts";
import { openIndex } from "./open-index.ts";

const numFiles = 30;
const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Ingests slowly in a process of its own and writes a line for each text that it begins to embed. */
const program = `
import { appendFileSync } from "node:fs";
import { FakeEmbedder } from ${module("./fake-embedder.ts")};
import { IndexFiles } from ${module("./index-files.ts")};
import { ingestFolder } from ${module("./ingest-folder.ts")};
const [docs, root, log] = process.argv.slice(1);
class Slow extends FakeEmbedder {
  async embed(texts) {
    appendFileSync(log, texts.map((text) => text.split(" ")[0] + "\\n").join(""));
    await new Promise((resolve) => setTimeout(resolve, 10));
    return await super.embed(texts);
  }
}
await ingestFolder(new IndexFiles(root, "zoo"), docs, { embedder: new Slow(), maxTokens: 40 });
`;

/** What two ingestions of the same folder have in common. */
const essence = ({
  createdAt: _,
  version: __,
  ...rest
}: IndexVersion): Omit<IndexVersion, "createdAt" | "version"> => rest;

test("ingestFolder that is killed at several instants goes on, and ends with the index of an unbroken run", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "llamero-rag-killed-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const docs = mkdtempSync(join(root, "docs-"));
  for (let at = 0; at < numFiles; at++) {
    const text = `file${at} tells of llamas, camels and ${at} alpacas.\n\n`.repeat(1 + (at % 7));
    writeFileSync(join(docs, `${String(at).padStart(2, "0")}.txt`), text);
  }
  const log = join(root, "log");
  const documents = join(root, "zoo", "documents");
  const lines = (): string[] => readFileSync(log, "utf8").split("\n").slice(0, -1);
  const run = async (killAfter: number | null, delay: number): Promise<void> => {
    writeFileSync(log, "");
    const words = [
      "--conditions=@llamero/source",
      "--import",
      "tsx",
      "--input-type=module",
      "--eval",
      program,
    ];
    const child = spawn(process.execPath, [...words, docs, root, log], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = once(child, "exit");
    if (killAfter !== null) {
      while (lines().length < killAfter && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 2));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill("SIGKILL");
    }
    const [code, signal] = await ended;
    assert.deepEqual([code, signal], killAfter === null ? [0, null] : [null, "SIGKILL"]);
  };
  let numKept = 0;
  for (const [killAfter, delay] of [
    [1, 0],
    [3, 4],
    [5, 9],
    [8, 1],
    [2, 13],
  ] as const) {
    await run(killAfter, delay);
    assert.equal(new IndexFiles(root, "zoo").current(), null);
    const done = readdirSync(documents).filter((name) => name.endsWith(".json")).length;
    assert.ok(done >= numKept && done < numFiles);
    numKept = done;
  }
  assert.ok(numKept > 0);
  const half = join(documents, "0.json.0123456789ab");
  appendFileSync(half, "{");
  utimesSync(half, 1, 1);
  await run(null, 0);
  // Files go by name, so those that were done are the first.
  const embedded = new Set(lines());
  const expected = Array.from({ length: numFiles - numKept }, (_, at) => `file${numKept + at}`);
  assert.deepEqual([...embedded], expected);
  assert.ok(!readdirSync(documents).includes("0.json.0123456789ab"));

  const whole = new IndexFiles(join(root, "unbroken"), "zoo");
  const embedder = new FakeEmbedder();
  const unbroken = await ingestFolder(whole, docs, { embedder, maxTokens: 40 });
  const broken = new IndexFiles(root, "zoo");
  assert.deepEqual(essence(broken.readVersion(1)), essence(unbroken));
  for (const { document } of unbroken.sources)
    assert.deepEqual(broken.readDocument(document), whole.readDocument(document));
  const query = "twelve alpacas file12";
  assert.deepEqual(
    await (await openIndex(broken, embedder)).search(query),
    await (await openIndex(whole, embedder)).search(query),
  );
});
