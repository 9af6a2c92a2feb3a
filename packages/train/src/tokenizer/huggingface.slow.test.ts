import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { llama3Pattern } from "@llamero/core/tokenizer";
import { sharedPath } from "../../../core/src/testdata.ts";
import { readTexts } from "./read-inputs.ts";
import { trainTokenizer } from "./train-tokenizer.ts";

const script = fileURLToPath(new URL("./testdata/huggingface.py", import.meta.url));

function callPython<T>(python: string, args: readonly string[], texts: readonly string[]): T {
  const out = execFileSync(python, [script, ...args], {
    input: JSON.stringify(texts),
    maxBuffer: 2 ** 30,
    env: { ...process.env, RAYON_NUM_THREADS: "1", TOKENIZERS_PARALLELISM: "false" },
  });
  return JSON.parse(out.toString()) as T;
}

/** The interpreter and the texts to learn from, or null after a skip. */
function findMaterial(t: TestContext): { python: string; corpus: string[]; fuzz: string } | null {
  const python = process.env["LLAMERO_PYTHON"];
  if (python === undefined) {
    t.skip("needs LLAMERO_PYTHON: a Python with tokenizers");
    return null;
  }
  const corpus = ["factbook", "tldr_pages", "libreoffice_help_hi", "libreoffice_help_de"].map((name) =>
    sharedPath(`data/pretrain/${name}.jsonl.zst`),
  );
  const fuzz = sharedPath("golden/tokenizer_fuzz.json");
  if (corpus.includes(null) || fuzz === null) {
    t.skip("needs ../shared: data/pretrain and golden/tokenizer_fuzz.json");
    return null;
  }
  return { python, corpus: corpus as string[], fuzz };
}

/** Every string inside a JSON value. */
function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Lines of many languages and of code, spread over the data. */
async function sampleLines(): Promise<string[]> {
  const lines: string[] = [];
  for (const name of [
    "udhr2_all_languages",
    "code_go_stdlib",
    "code_python_stdlib",
    "eltec_spa",
    "rust_books",
  ]) {
    const path = sharedPath(`data/pretrain/${name}.jsonl.zst`)!;
    const found: string[] = [];
    for await (const text of readTexts(path)) {
      found.push(...text.split("\n").filter((line) => line.length > 0 && line.length < 5000));
      if (found.length > 200_000) break;
    }
    const step = Math.max(1, Math.floor(found.length / 500));
    for (let i = 0; i < found.length; i += step) lines.push(found[i]!);
  }
  return lines;
}

const written = [
  "🙂👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 ﬁ \u200b\ufeff x",
  "  \n\n \t\r\n  a\u00a0b\u3000c",
  "I'LL don'T ſ'ſ ’s",
  "<|eot_id|><|begin_of_text",
  "١٢٣٤ 12345 ⅷⅸ",
  "a".repeat(700),
  "\u0000\u0001\u007f",
];

test("trainTokenizer writes a tokenizer.json that encodes in Hugging Face's library as here", async (t) => {
  const material = findMaterial(t);
  if (material === null) return;
  const { tokenizer, tokenizerJson, report } = await trainTokenizer({
    inputs: material.corpus.map((path) => ({ path })),
    vocabSize: 4096,
  });
  assert.equal(tokenizer.vocabSize, 4096);
  assert.equal(report.numSpecials, 16);
  const texts = [
    ...(await sampleLines()),
    ...written,
    // The reference makes tokens of names of specials in a text; ours never does.
    ...stringsIn(JSON.parse(readFileSync(material.fuzz, "utf8"))),
  ].filter(
    (text) =>
      !/\p{Surrogate}/u.test(text) &&
      ![...tokenizer.specialTokens.keys()].some((name) => text.includes(name)),
  );
  assert.ok(texts.length > 2000, `only ${texts.length} texts`);
  const folder = mkdtempSync(join(tmpdir(), "llamero-tokenizer-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "tokenizer.json");
  writeFileSync(path, tokenizerJson);
  const theirs = callPython<number[][]>(material.python, ["encode", path], texts);
  let numTokens = 0;
  for (const [i, text] of texts.entries()) {
    const ours = tokenizer.encode(text);
    numTokens += ours.length;
    assert.deepEqual(ours, theirs[i], JSON.stringify(text.slice(0, 200)));
    assert.equal(tokenizer.decode(ours), text);
  }
  t.diagnostic(`${texts.length} texts, ${numTokens} tokens, all equal`);
});

test("trainTokenizer learns the merges that Hugging Face's BpeTrainer learns", async (t) => {
  const material = findMaterial(t);
  if (material === null) return;
  const path = material.corpus[0]!;
  const { tokenizerJson } = await trainTokenizer({ inputs: [{ path }], vocabSize: 4096 + 16 });
  const ours = (JSON.parse(tokenizerJson) as { model: { merges: string[] } }).model.merges;
  const texts: string[] = [];
  for await (const text of readTexts(path)) texts.push(text);
  const theirs = callPython<string[]>(material.python, ["train", "4096", "2", llama3Pattern], texts);
  const known = new Set(theirs);
  const shared = ours.filter((merge) => known.has(merge)).length;
  let same = 0;
  while (same < ours.length && ours[same] === theirs[same]) same++;
  t.diagnostic(
    `${shared} of ${ours.length} merges shared (${theirs.length} theirs); the first ${same} in the same order`,
  );
  assert.ok(shared / ours.length > 0.98);
});
