import assert from "node:assert/strict";
import { test } from "node:test";
import type { Unit, UnitResult } from "./database.ts";
import { GroupCommit, groupLimits } from "./group-commit.ts";
import { StoreBusyError, StoreConflict } from "./store.ts";

const unit = (sql: string): Unit => [{ sql, params: [] }];

/** Records the groups; each commit ends when `finish` is called, or at once. */
function recorder(result: (sql: string) => UnitResult = () => null): {
  groups: string[][];
  commit(units: readonly Unit[]): Promise<UnitResult[]>;
} {
  const groups: string[][] = [];
  return {
    groups,
    commit: async (units) => {
      const names = units.map(([statement]) => statement!.sql);
      groups.push(names);
      return names.map(result);
    },
  };
}

test("GroupCommit puts writes that come together into one commit, in order", async () => {
  const { groups, commit } = recorder();
  const group = new GroupCommit(commit);
  await Promise.all(["a", "b", "c"].map((name) => group.add(unit(name), 1)));
  await group.add(unit("d"), 1);
  assert.deepEqual(groups, [["a", "b", "c"], ["d"]]);
});

test("GroupCommit splits groups at their limits and lets a large write pass alone", async () => {
  const { groups, commit } = recorder();
  const group = new GroupCommit(commit, { ...groupLimits, groupUnits: 2, groupBytes: 10 });
  await Promise.all([
    group.add(unit("a"), 1),
    group.add(unit("b"), 1),
    group.add(unit("c"), 1),
    group.add(unit("big"), 99),
  ]);
  assert.deepEqual(groups, [["a", "b"], ["c"], ["big"]]);
});

test("GroupCommit rejects what failed and only that", async () => {
  const results: Record<string, UnitResult> = {
    conflict: { failure: "conflict", message: "other version" },
    error: { failure: "error", message: "broken" },
  };
  const group = new GroupCommit(recorder((sql) => results[sql] ?? null).commit);
  const all = ["a", "conflict", "error", "b"].map((name) => group.add(unit(name), 1));
  await assert.rejects(all[1]!, StoreConflict);
  await assert.rejects(all[2]!, /broken/);
  await Promise.all([all[0], all[3]]);
});

test("GroupCommit rejects the group when the commit fails, and goes on with the next", async () => {
  let isBroken = true;
  const group = new GroupCommit(async (units) => {
    if (isBroken) throw new Error("disk full");
    return units.map(() => null);
  });
  const all = [group.add(unit("a"), 1), group.add(unit("b"), 1)];
  for (const write of all) await assert.rejects(write, /Nothing was written: disk full/);
  isBroken = false;
  await group.add(unit("c"), 1);
});

test("GroupCommit refuses writes beyond what may wait, and takes them again later", async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const group = new GroupCommit(
    async (units) => {
      await gate;
      return units.map(() => null);
    },
    { ...groupLimits, windowMs: 0, waitingUnits: 3, waitingBytes: 100 },
  );
  const taken = [group.add(unit("a"), 500)];
  await assert.rejects(group.add(unit("bytes"), 1), StoreBusyError);
  release();
  await Promise.all(taken);
  const more = [group.add(unit("a"), 1), group.add(unit("b"), 1), group.add(unit("c"), 1)];
  await assert.rejects(group.add(unit("d"), 1), /full of waiting writes \(3, 3 bytes\).*try again later/);
  await group.flush();
  await Promise.all(more);
  await group.add(unit("d"), 1);
});
