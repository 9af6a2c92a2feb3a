import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadEncoder } from "../load-encoder.ts";
import { modelPath } from "../testdata.ts";

/** Python with torch, transformers and tokenizers. */
const python = process.env["LLAMERO_PYTHON"];
const scriptOf = (name: string): string => fileURLToPath(new URL(`testdata/${name}`, import.meta.url));

function largestDifference(a: readonly Float32Array[], b: readonly (readonly number[])[]): number {
  assert.equal(a.length, b.length);
  return Math.max(...a.flatMap((row, i) => [...row].map((value, k) => Math.abs(value - b[i]![k]!))));
}

/** Widths of the smaller and the larger Prompt Guard. */
for (const width of [384, 768]) {
  test(`loadEncoder classifies as transformers does with 12 layers of width ${width}`, async (t) => {
    if (python === undefined) {
      t.skip("needs LLAMERO_PYTHON: a Python with torch and transformers");
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "llamero-deberta-"));
    t.after(() => rmSync(folder, { recursive: true }));
    execFileSync(python, [scriptOf("make_deep_deberta.py"), folder, String(width)], { stdio: "ignore" });
    const { texts, lengths, logits } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as {
      texts: string[];
      lengths: number[];
      logits: number[][];
    };
    const encoder = await loadEncoder(folder);
    t.after(() => encoder.close());
    assert.deepEqual(texts.map(encoder.countTokens), lengths);
    assert.ok(largestDifference(await encoder.classify(texts), logits) < 1e-4);
    // A window is given up between layers.
    const controller = new AbortController();
    const window = encoder.classify([texts.at(-1)!], controller.signal);
    setTimeout(() => controller.abort(), 20);
    await assert.rejects(window, { name: "AbortError" });
    assert.ok(largestDifference(await encoder.classify([texts[1]!]), [logits[1]!]) < 1e-4);
  });
}

test("all-MiniLM-L6-v2 embeds as sentence-transformers' steps in transformers do", async (t) => {
  const folder = modelPath("all-MiniLM-L6-v2");
  if (folder === null || python === undefined) {
    t.skip("needs LLAMERO_PYTHON, and all-MiniLM-L6-v2 in LLAMERO_MODELS");
    return;
  }
  const texts = ["The river runs past the old mill.", "a", "Der Fluß fließt. ".repeat(20), "川 नदी 🙂", ""];
  const output = execFileSync(python, [scriptOf("embed_minilm.py"), folder], {
    input: JSON.stringify(texts),
  });
  const vectors = JSON.parse(output.toString()) as number[][];
  const encoder = await loadEncoder(folder);
  t.after(() => encoder.close());
  assert.ok(largestDifference(await encoder.embed(texts), vectors) < 2e-3);
});
