import { test } from "node:test";
import type { SampleKind } from "./damage-fixture.ts";
import { cutEverywhere, flipBytes, makeSamples, writeHugeNumbers } from "./damage-fixture.ts";
import { temporaryFolder } from "./test-model.ts";

const kinds: readonly SampleKind[] = ["gguf", "safetensors", "config", "torch"];

for (const [seed, kind] of kinds.entries()) {
  test(`openCheckpoint gives a FormatError for a ${kind} file cut in its structure`, (t) => {
    cutEverywhere(makeSamples(temporaryFolder(t))[kind], 1);
  });

  test(`openCheckpoint opens or gives a FormatError for a ${kind} file with flipped bytes`, (t) => {
    flipBytes(makeSamples(temporaryFolder(t))[kind], 3000, seed + 1);
  });

  test(`openCheckpoint opens or gives a FormatError for a ${kind} file with huge numbers`, (t) => {
    writeHugeNumbers(makeSamples(temporaryFolder(t))[kind], 1);
  });
}
