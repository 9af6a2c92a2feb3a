import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { AppendLog } from "./append-log.ts";

interface Entry {
  n: number;
}
const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "n") === "number";

test("AppendLog gives back what was added, without a torn last line, and goes on behind it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "llamero-log-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "deep", "log.jsonl");
  {
    await using log = await AppendLog.open(path, isEntry);
    assert.deepEqual(log.entries, []);
    for (let n = 0; n < 200; n++) log.append({ n });
  }
  await appendFile(path, '{"n": 20');
  {
    await using log = await AppendLog.open(path, isEntry);
    assert.equal(log.entries.length, 200);
    assert.equal(log.numUnreadable, 1);
    log.append({ n: 200 });
    await log.flush();
  }
  await using log = await AppendLog.open(path, isEntry);
  assert.deepEqual(
    log.entries.map(({ n }) => n),
    [...Array(201).keys()],
  );
  assert.match(await readFile(path, "utf8"), /\{"n": 20\n\{"n":200\}\n$/);
});
