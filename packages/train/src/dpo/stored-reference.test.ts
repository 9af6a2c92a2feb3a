import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RenderedPair } from "../chat-data/render-pairs.ts";
import { FakeSession } from "../loop/fake-session.ts";
import { readReferences } from "./stored-reference.ts";

const example = (...ids: number[]): RenderedPair["chosen"] => ({
  ids: Int32Array.from(ids),
  weights: Float32Array.from(ids, (_, i) => (i === 0 ? 0 : 1)),
});
const limits = { maxRows: 8, maxOutputs: 8, formatIds: new Set<number>() };

test("readReferences computes once, and anew for other pairs, another order or another model", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-reference-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  let opened = 0;
  const read = (pairs: readonly RenderedPair[], model: string): ReturnType<typeof readReferences> =>
    readReferences(join(folder, "reference.json"), pairs, limits, {
      model,
      open: () => {
        opened++;
        return new FakeSession();
      },
    });
  const [a, b] = [
    { source: "f:1", chosen: example(1, 2, 3), rejected: example(1, 1) },
    { source: "f:2", chosen: example(2, 0), rejected: example(2, 3, 3) },
  ];
  const first = await read([a, b], "m");
  assert.deepEqual(await read([a, b], "m"), first);
  assert.equal(opened, 1);
  assert.deepEqual(await read([b, a], "m"), first.toReversed());
  assert.equal(opened, 2);
  await read([b, a], "other");
  assert.equal(opened, 3);
});
