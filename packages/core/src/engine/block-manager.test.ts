import assert from "node:assert/strict";
import { test } from "node:test";
import { KV_BLOCK } from "@llamero/kernels";
import { BlockManager } from "./block-manager.ts";

const tokens = (length: number, from = 0): Int32Array => Int32Array.from({ length }, (_, i) => from + i);

/** A sequence whose KV is all computed and published. */
function filled(manager: BlockManager, ids: Int32Array): ReturnType<BlockManager["open"]> {
  const table = manager.open(ids);
  assert.ok(manager.extend(table, ids.length));
  manager.publish(table, ids, ids.length);
  return table;
}

test("BlockManager shares full blocks of a common prefix and no others", () => {
  const manager = new BlockManager(8, "model");
  const first = filled(manager, tokens(2 * KV_BLOCK + 5));
  const second = manager.open(tokens(2 * KV_BLOCK + 5));
  assert.deepEqual(second.blocks, first.blocks.slice(0, 2));
  assert.equal(manager.numUsed, 3);
  const other = manager.open(tokens(2 * KV_BLOCK, 1));
  assert.deepEqual(other.blocks, []);
  // Same second block after another first one is not the same content.
  const shifted = Int32Array.from([...tokens(KV_BLOCK, 500), ...tokens(KV_BLOCK, KV_BLOCK)]);
  assert.deepEqual(manager.open(shifted).blocks, []);
});

test("BlockManager keeps released blocks until their space is needed, the least recently used going first", () => {
  const manager = new BlockManager(4, "model");
  const a = tokens(2 * KV_BLOCK);
  const b = tokens(2 * KV_BLOCK, 1000);
  manager.release(filled(manager, a));
  manager.release(filled(manager, b));
  assert.equal(manager.numAvailable, 4);
  const reused = manager.open(a);
  assert.equal(reused.blocks.length, 2);
  manager.release(reused);
  const fresh = filled(manager, tokens(KV_BLOCK, 2000));
  // The end of b's chain went; its beginning and all of a are still there.
  assert.equal(manager.open(b).blocks.length, 1);
  assert.equal(manager.open(a).blocks.length, 2);
  assert.equal(fresh.blocks.length, 1);
});

test("BlockManager.extend changes nothing when there are not enough blocks", () => {
  const manager = new BlockManager(3, "model");
  const table = filled(manager, tokens(2 * KV_BLOCK));
  assert.equal(manager.extend(table, 4 * KV_BLOCK), false);
  assert.equal(table.blocks.length, 2);
  assert.ok(manager.canExtend(table, 3 * KV_BLOCK));
  assert.equal(manager.canExtend(table, 3 * KV_BLOCK, 1), false);
});

test("BlockManager.makeWritable copies a shared or published block and leaves an own one", () => {
  const manager = new BlockManager(4, "model");
  const ids = tokens(KV_BLOCK);
  const first = filled(manager, ids);
  const second = manager.open(ids);
  const copy = manager.makeWritable(second, 0);
  assert.deepEqual(copy, { from: first.blocks[0], to: second.blocks[0] });
  assert.notEqual(second.blocks[0], first.blocks[0]);
  assert.equal(manager.makeWritable(second, 0), null);
  manager.publish(second, ids, ids.length);
  assert.equal(manager.numCached, 1);
  manager.release(second);
  manager.release(first);
  assert.equal(manager.numUsed, 0);
});

test("BlockManager throws when a block is released more often than it is held", () => {
  const manager = new BlockManager(2, "model");
  const table = filled(manager, tokens(3));
  const stale = { blocks: [...table.blocks], chain: [], salt: "" };
  manager.release(table);
  assert.throws(() => manager.release(stale), /released more often/);
});

test("BlockManager counts add up over random use", () => {
  const manager = new BlockManager(10, "model");
  let state = 3;
  const random = (below: number): number => {
    state = Math.imul(state, 48271) % 2147483647;
    return Math.abs(state) % below;
  };
  const open: { table: ReturnType<BlockManager["open"]>; ids: Int32Array }[] = [];
  for (let round = 0; round < 2000; round++) {
    if (open.length > 0 && random(2) === 0) {
      const [{ table }] = open.splice(random(open.length), 1) as [(typeof open)[0]];
      manager.release(table);
    } else {
      const ids = tokens(1 + random(4 * KV_BLOCK), random(3) * 1000);
      const table = manager.open(ids);
      if (!manager.extend(table, ids.length)) manager.release(table);
      else {
        manager.publish(table, ids, ids.length);
        open.push({ table, ids });
      }
    }
    assert.equal(manager.numUsed, new Set(open.flatMap(({ table }) => table.blocks)).size);
    assert.ok(manager.numCached <= manager.numBlocks);
  }
  for (const { table } of open) manager.release(table);
  assert.equal(manager.numUsed, 0);
});
