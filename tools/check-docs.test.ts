import assert from "node:assert/strict";
import { test } from "node:test";
import { checkClaims, checkReferences, readBlocks } from "./check-docs.ts";

test("readBlocks takes ts blocks, marks those that need a model and leaves out the ignored", () => {
  const text =
    "# A\n\n```ts\nlet a = 1;\n```\n```ts model\nlet b;\n```\n```ts ignore\nno\n```\n```sh\nls\n```\n";
  assert.deepEqual(readBlocks("a.md", text), [
    { name: "a.md:3", code: "let a = 1;\n", needsModel: false },
    { name: "a.md:6", code: "let b;\n", needsModel: true },
  ]);
});

test("checkReferences names dead links, missing files and missing symbols", () => {
  const text =
    "[a](nowhere.md) [b](README.md) [c](https://x.org/y) `packages/none.ts` `tools/check-docs.ts:readBlocks`";
  assert.deepEqual(checkReferences("README.md", text), [
    "README.md: link to nowhere.md",
    "README.md: names packages/none.ts, which does not exist",
  ]);
  assert.deepEqual(checkReferences("README.md", "`tools/check-docs.ts:noSuchSymbol`"), [
    "README.md: tools/check-docs.ts has no noSuchSymbol",
  ]);
});

test("checkClaims wants results behind each row with a ratio or a rate", () => {
  const text = "A text with 3x.\n| a | 2.5x Q8_0 | none |\n| b | 12 MB/s | |\n| c | 3 rows | |\n";
  assert.deepEqual(checkClaims("README.md", text), [
    "README.md: no link to bench/results in the row | a | 2.5x Q8_0 | none |",
    "README.md: no link to bench/results in the row | b | 12 MB/s | |",
  ]);
  const linked = "| a | 2.5x | [avx2](bench/results/avx2-peers-2026-11-26.md) |";
  assert.deepEqual(checkClaims("README.md", linked), []);
});
