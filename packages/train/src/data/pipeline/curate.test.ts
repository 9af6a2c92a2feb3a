import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Document } from "../document.ts";
import { openBytes } from "../readers/open-bytes.ts";
import { parseCurateConfig } from "./config.ts";
import { curate } from "./curate.ts";
import { makeFolder, readTree, runConfig, runYaml } from "./fake-run.ts";

async function readDocuments(folder: string, files: readonly { file: string }[]): Promise<Document[]> {
  const documents: Document[] = [];
  for (const { file } of files) {
    const parts: Uint8Array[] = [];
    for await (const part of openBytes(join(folder, "data", file))) parts.push(part);
    for (const line of Buffer.concat(parts).toString().split("\n"))
      if (line !== "") documents.push(JSON.parse(line) as Document);
  }
  return documents;
}

test("curate keeps, drops and counts, and every document is accounted for", async (t) => {
  const folder = makeFolder(t, 400);
  const config = runConfig(folder);
  const { tally, lineage, output } = await curate(config, { workers: 0 });
  assert.equal(tally.read.documents, 800);
  const dropped = tally.stages.flatMap(({ drops }) => Object.values(drops));
  assert.equal(dropped.reduce((sum, drop) => sum + drop.documents, 0) + tally.kept.documents, 800);
  assert.equal(tally.stages[2]!.drops["seen before"]!.documents > 150, true);
  assert.equal(tally.errors.total, 2);
  assert.deepEqual(
    tally.errors.first.map(({ file, position }) => `${file} ${position}`),
    ["a.jsonl line 4", "b.jsonl line 4"],
  );
  const documents = await readDocuments(config.output.folder, lineage.shards);
  assert.equal(documents.length, tally.kept.documents);
  assert.equal(output.shards > 3, true);
  assert.equal(new Set(documents.map(({ id }) => id)).size, documents.length);
  assert.equal(
    documents.some(({ text }) => text.includes("CUT")),
    false,
  );
  assert.equal(tally.stages[2]!.changes["cut"]! > 0, true);
  assert.match(lineage.inputs[0]!.sha256!, /^[0-9a-f]{64}$/);
  const page = readFileSync(join(config.output.folder, "report.html"), "utf8");
  assert.match(page, /B &amp; &lt;friends&gt;/);
  assert.doesNotMatch(page, /<script|https?:\/\//);
});

test("curate writes the same bytes with any number of workers", async (t) => {
  const folder = makeFolder(t, 400);
  await curate(runConfig(folder, "none"), { workers: 0 });
  await curate(runConfig(folder, "two"), { workers: 2 });
  assert.deepEqual(readTree(join(folder, "two")), readTree(join(folder, "none")));
});

test("curate goes on after a stop with the same bytes as without one", async (t) => {
  const folder = makeFolder(t, 800);
  const mix = "mix: {targets: {a: 1, b: 2}, maxEpochs: 2.5}";
  await curate(runConfig(folder, "whole", mix), { workers: 0 });
  const config = runConfig(folder, "stopped", mix);
  let stops = 0;
  for (let units = 1; ; units++) {
    const controller = new AbortController();
    let seen = 0;
    try {
      await curate(config, {
        workers: 0,
        signal: controller.signal,
        onProgress: () => void (++seen === units && controller.abort()),
      });
      break;
    } catch (error) {
      assert.equal((error as Error).name, "AbortError");
      stops++;
    }
  }
  assert.equal(stops > 3, true);
  assert.deepEqual(readTree(join(folder, "stopped")), readTree(join(folder, "whole")));
  // Once more does nothing.
  await curate(config, { workers: 0 });
  assert.deepEqual(readTree(join(folder, "stopped")), readTree(join(folder, "whole")));
});

test("curate refuses to continue with other settings or other input, and says which", async (t) => {
  const folder = makeFolder(t, 100);
  await curate(runConfig(folder), { workers: 0 });
  const other = runConfig(folder);
  const stages = [{ name: "length", options: { minCharacters: 31 } }, ...other.stages.slice(1)];
  await assert.rejects(
    curate({ ...other, stages }, { workers: 0 }),
    /stages\[0\]\.options\.minCharacters has changed/,
  );
  appendFileSync(join(folder, "b.jsonl"), '{"text":"more"}\n');
  await assert.rejects(curate(other, { workers: 0 }), /input b\.jsonl has changed/);
});

test("curate mixes to target shares and says how often each source is taken", async (t) => {
  const folder = makeFolder(t, 600);
  const report = await curate(runConfig(folder, "out", "mix: {targets: {a: 3, b: 1}, maxEpochs: 2}"), {
    workers: 0,
  });
  const [a, b] = report.mix!.groups;
  const share = a!.written.textBytes / (a!.written.textBytes + b!.written.textBytes);
  assert.equal(Math.abs(share - 0.75) < 0.03, true);
  assert.equal(a!.epochs, 2);
  const documents = await readDocuments(join(folder, "out"), report.lineage.shards);
  assert.equal(documents.length, a!.written.documents + b!.written.documents);
  assert.equal(new Set(documents.map(({ id }) => id)).size, documents.length);
  assert.equal(existsSync(join(folder, "out", ".curated")), false);
});

test("curate is strict where asked, and stops at its limit", async (t) => {
  const folder = makeFolder(t, 300);
  await assert.rejects(
    curate(runConfig(folder, "strict"), { workers: 0, isStrict: true }),
    /a\.jsonl, line 4: Not JSON/,
  );
  const { tally } = await curate(runConfig(folder, "limit"), { workers: 1, limit: 50 });
  assert.equal(tally.read.documents + tally.errors.total, 50);
});

test("curate says which stage failed on which document", async (t) => {
  const folder = makeFolder(t, 20);
  const stage = `export const createStage = () => ({ kind: "map", name: "bad", version: 1, options: {}, apply() { throw new Error("no"); } });`;
  writeFileSync(join(folder, "bad.mjs"), stage);
  const config = { ...runConfig(folder), stages: [{ name: "./bad.mjs", options: {} }] };
  await assert.rejects(curate(config, { workers: 1 }), /Stage bad failed on document a\/a\.jsonl#1: no/);
});

test("parseCurateConfig names what is wrong", () => {
  const parse = (text: string) => () => parseCurateConfig(text, "run.yaml");
  assert.throws(parse("sources: []"), /sources is empty/);
  assert.throws(parse("sources: [{name: a, files: x.jsonl}]"), /sources\[0\]: license is missing/);
  assert.throws(parse(`${runYaml()}\nmixx: 1`), /has no field mixx/);
  assert.throws(parse(runYaml("mix: {targets: {c: 1}}")), /target for c, which is no source/);
  assert.throws(parse("sources: [{"), /not YAML/);
  assert.throws(parse(runYaml().replace("20KB", "20 apples")), /shardBytes takes a size/);
});

test("curate refuses an unknown stage and an unknown option", async (t) => {
  const folder = makeFolder(t, 10);
  const config = runConfig(folder);
  const run = (name: string, options = {}) =>
    curate({ ...config, stages: [{ name, options }] }, { workers: 0 });
  await assert.rejects(run("lenght"), /No stage is called lenght; there are length/);
  await assert.rejects(run("length", { min: 3 }), /length has no option min; it takes minCharacters/);
});
