import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readGguf } from "./gguf.ts";
import { exportGguf } from "./gguf-export.ts";
import { writeGguf } from "./gguf-writer.ts";
import { openCheckpoint } from "./open-checkpoint.ts";
import { copyTensor } from "./tensor-source.ts";
import { temporaryFolder, testConfig, writeTestFolder } from "./test-model.ts";

test("openCheckpoint opens a GGUF model in parts from any part, and names a missing one", (t) => {
  const folder = temporaryFolder(t);
  writeTestFolder(folder, testConfig);
  const whole = join(folder, "whole.gguf");
  exportGguf(openCheckpoint(folder), whole, { formatOf: () => "q8_0" });
  const { metadata, tensors } = readGguf(whole);
  const sources = [...tensors.values()].map(copyTensor);
  const partPath = (i: number) => join(folder, `m-0000${i + 1}-of-00003.gguf`);
  for (let i = 0; i < 3; i++) {
    writeGguf(partPath(i), {
      metadata: [...(i === 0 ? metadata : []), ["split.count", { type: "u16", value: 3 }]],
      tensors: sources.slice(i * 8, (i + 1) * 8),
    });
  }
  for (let i = 0; i < 3; i++) {
    const model = openCheckpoint(partPath(i));
    assert.deepEqual(model.config, testConfig);
    assert.equal(model.tensors.size, tensors.size);
  }
  renameSync(partPath(2), join(folder, "odd.gguf"));
  assert.throws(() => openCheckpoint(partPath(0)), /m-00003-of-00003\.gguf: No such file/);
  assert.throws(() => openCheckpoint(join(folder, "odd.gguf")), /one of 3 parts but is not named/);
});
