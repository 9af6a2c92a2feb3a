import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { corpusTexts } from "./corpus-texts.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-corpus-"));
after(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array): Promise<string[]> {
  writeFileSync(join(folder, name), content);
  const texts: string[] = [];
  for await (const text of corpusTexts(join(folder, name))) texts.push(text);
  return texts;
}

test("corpusTexts streams JSON lines and text, plain and packed, and names a bad line", async () => {
  const lines = '{"text": "one", "id": "x"}\n\n{"question": "two", "choices": ["three"]}\n';
  assert.deepEqual(await read("a.jsonl", lines), ["one", "two\nthree"]);
  assert.deepEqual(await read("a.jsonl.gz", gzipSync(lines)), ["one", "two\nthree"]);
  assert.deepEqual(await read("a.csv", "text\nfour\n"), ["four"]);
  assert.deepEqual(await read("a.txt", "one\ntwo"), ["one\ntwo"]);
  await assert.rejects(read("bad.jsonl", `${lines}{"text`), /bad\.jsonl, line 4: not valid JSON/);
  await assert.rejects(async () => {
    for await (const _ of corpusTexts(join(folder, "nothing.txt")));
  }, /ENOENT/);
});

test("corpusTexts repeats the end of a block of text, so that no run of words is lost", async () => {
  const words = Array.from({ length: 200_000 }, (_, at) => `word${at}`);
  const blocks = await read("long.txt", words.map((word) => `${word} and\n`).join(""));
  assert.equal(blocks.length, 3);
  assert.ok(
    blocks[0]!.endsWith(
      blocks[1]!.split("\n")[0]!.replaceAll(" and", " and\n").replaceAll("\n ", "\n").trim(),
    ),
  );
});
