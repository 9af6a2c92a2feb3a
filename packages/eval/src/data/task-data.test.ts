import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { sharedPath } from "../../../core/src/testdata.ts";
import type { Source } from "../task.ts";
import { MissingDataError } from "./missing-data-error.ts";
import { hasData, readTaskData } from "./task-data.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-data-"));
after(() => rmSync(folder, { recursive: true }));

/** One column of two strings, as hyparquet-writer writes it. */
const parquet =
  "UEFSMRUGFRgVHFwVBBUAFQQVABUEFQAAAAMDCiQBAAAAMQEAAAAyFQQZLEgEcm9vdBUCABUMJQIYAXElAAAWBBkcGRwmCBwVDBkVABkYAXEVAhYEFkIWRiYIPDYAKAEyGAExABkcFQYVABUCAAAAFkIWBDZGACgJaHlwYXJxdWV0GRwcAAAAYAAAAFBBUjE=";

function put(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function sourceOf(pattern: string, more: Partial<Source> = {}): Source {
  return { splits: { test: [pattern] }, test: "test", origin: "hf:example/set", license: "MIT", ...more };
}

const read = async (pattern: string, more: Partial<Source> = {}) =>
  (await readTaskData({ name: "set", source: sourceOf(pattern, more) }, folder)).test;

test("readTaskData reads JSON lines, arrays, CSV, TSV, text, gzip, Zstandard and Parquet", async () => {
  put("a/lines.jsonl", '{"q": "1"}\n\n{"q": "2"}\n');
  put("a/array.json", '[{"q": "1"}, {"q": "2"}]');
  put("a/renamed.json", '{"q": "1"}\n{"q": "2"}\n');
  put("a/table.csv", 'q\r\n1\r\n"2"\r\n');
  put("a/table2.tsv", "1\n2\n");
  put("a/packed.jsonl.gz", gzipSync('{"q": "1"}\n{"q": "2"}\n'));
  // zstd -19 of the same two lines.
  put("a/small.jsonl.zst", Buffer.from("KLUv/SQWsQAAeyJxIjogIjEifQp7InEiOiAiMiJ9Chf95oE=", "base64"));
  put("a/columns.parquet", Buffer.from(parquet, "base64"));
  for (const file of [
    "lines.jsonl",
    "array.json",
    "renamed.json",
    "table.csv",
    "packed.jsonl",
    "small.jsonl",
    "columns.parquet",
  ]) {
    assert.deepEqual(
      (await read(`a/${file}`)).map(({ q }) => q),
      ["1", "2"],
      file,
    );
  }
  assert.deepEqual(
    (await read("a/table2.tsv", { columns: ["q"] })).map(({ q }) => q),
    ["1", "2"],
  );
  put("a/words.txt", "1\n2\n");
  assert.deepEqual(await read("a/words.txt"), [
    { text: "1", _file: "a/words.txt" },
    { text: "2", _file: "a/words.txt" },
  ]);
});

test("readTaskData reads CSV with quotes, commas and newlines inside fields", async () => {
  put("b/x.csv", 'a,b\n"one, ""two""","three\nfour"\n,\n');
  assert.deepEqual(
    (await read("b/x.csv")).map(({ a, b }) => [a, b]),
    [
      ['one, "two"', "three\nfour"],
      ["", ""],
    ],
  );
});

test("readTaskData takes records out of a nested document, with the fields around them", async () => {
  put("c/x.json", '{"v": 1, "data": [{"t": "T", "qas": [{"id": 1}, {"id": 2}]}]}');
  assert.deepEqual(await read("c/x.json", { records: ["data", "qas"] }), [
    { v: 1, t: "T", id: 1, _file: "c/x.json" },
    { v: 1, t: "T", id: 2, _file: "c/x.json" },
  ]);
});

test("readTaskData joins the records of other files, and names one that is missing", async () => {
  put("d/q.jsonl", '{"id": "a", "q": 1}\n{"id": "b", "q": 2}\n');
  put("d/answers/q.jsonl", '{"id": "b", "truth": 20}\n{"id": "a", "truth": 10}\n');
  const join = { files: ["d/answers/q.jsonl"], on: "id" };
  assert.deepEqual(
    (await read("d/q.jsonl", { join })).map(({ truth }) => truth),
    [10, 20],
  );
  put("d/answers/q.jsonl", '{"id": "a", "truth": 10}\n');
  await assert.rejects(read("d/q.jsonl", { join }), /has id "b"/);
});

test("readTaskData finds files by pattern and refuses a set in two forms", async () => {
  put("e/one_test.jsonl", '{"q": 1}\n');
  put("e/two_test.jsonl.gz", gzipSync('{"q": 2}\n'));
  put("e/test.LICENSE", "text");
  put("e/deeper/three_test.jsonl", '{"q": 3}\n');
  assert.deepEqual(
    (await read("e/*_test.jsonl")).map(({ q }) => q),
    [1, 2],
  );
  assert.deepEqual(
    (await read("e/**test*")).map(({ q }) => q),
    [3, 1, 2],
  );
  put("e/one_test.csv", "q\n1\n");
  await assert.rejects(read("e/*_test*"), /one set in two forms; keep one/);
});

test("readTaskData says what it looked for and where to get it", async () => {
  const source = sourceOf("f/x.jsonl");
  assert.equal(hasData({ source }, folder), false);
  await assert.rejects(readTaskData({ name: "set", source }, folder), (error: Error) => {
    assert.ok(error instanceof MissingDataError);
    assert.match(error.message, /f\/x\.jsonl.*hf:example\/set \(MIT\)/);
    return true;
  });
});

test("readTaskData names file and line of what is malformed", async () => {
  put("g/x.jsonl", '{"q": 1}\n{"q": \n');
  await assert.rejects(read("g/x.jsonl"), /x\.jsonl, line 2: not valid JSON/);
  put("g/list.jsonl", '{"q": 1}\n[1]\n');
  await assert.rejects(
    read("g/list.jsonl"),
    /list\.jsonl, line 2: a record must be a JSON object, not an array/,
  );
  put("g/latin.jsonl", Buffer.from('{"q": "a"}\n{"q": "\xe9"}\n', "latin1"));
  await assert.rejects(read("g/latin.jsonl"), /line 2: not UTF-8/);
  put("g/short.csv", "a,b\n1,2\n3\n");
  await assert.rejects(read("g/short.csv"), /line 3: 1 fields, but there are 2 columns/);
  put("g/open.csv", 'a\n"x\n');
  await assert.rejects(read("g/open.csv"), /line 2: a quote is never closed/);
  put("g/empty.jsonl", "\n");
  await assert.rejects(read("g/empty.jsonl"), /test split of set has no records/);
  put("g/broken.gz.jsonl.gz", "no gzip");
  await assert.rejects(read("g/broken.gz.jsonl"), /cannot be decompressed/);
  put("g/broken.parquet", "PAR1 nothing");
  await assert.rejects(read("g/broken.parquet"), /no readable Parquet file/);
});

test("readTaskData reads UTF-16 with a mark and UTF-8 with a mark", async () => {
  put("h/wide.jsonl", Buffer.from('\ufeff{"q": "é"}\n', "utf16le"));
  put("h/marked.jsonl", Buffer.from('\ufeff{"q": "é"}\n'));
  assert.equal((await read("h/wide.jsonl"))[0]!["q"], "é");
  assert.equal((await read("h/marked.jsonl"))[0]!["q"], "é");
});

test("readTaskData changes its digest with any record", async () => {
  put("i/x.jsonl", '{"q": 1}\n');
  const source = sourceOf("i/x.jsonl");
  const { digest } = await readTaskData({ name: "set", source }, folder);
  put("i/x.jsonl", '{"q": 2}\n');
  assert.notEqual((await readTaskData({ name: "set", source }, folder)).digest, digest);
});

test("readTaskData reads the published files", async (t) => {
  const shared = sharedPath("data/eval");
  if (shared === null) return t.skip("needs ../shared: data/eval");
  const count = async (pattern: string, more: Partial<Source> = {}): Promise<number> =>
    (await readTaskData({ name: "set", source: sourceOf(pattern, more) }, shared)).test.length;
  assert.equal(await count("humaneval/HumanEval.jsonl"), 164);
  assert.equal(await count("mmlu/dev/*_dev.csv"), 285);
  assert.equal(await count("mgsm/mgsm_en.tsv", { columns: ["question", "answer"] }), 250);
  assert.equal(await count("xquad/xquad.hi.json", { records: ["data", "paragraphs", "qas"] }), 1190);
  assert.equal(await count("xcopa/val.th.jsonl"), 100);
  assert.equal(await count("mtbench/question.jsonl"), 80);
  const join = { files: ["bfcl/possible_answer/BFCL_v4_parallel.json"], on: "id" };
  assert.equal(await count("bfcl/BFCL_v4_parallel.json", { join }), 200);
});
