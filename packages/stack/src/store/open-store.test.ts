import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "./open-store.ts";

test("openStore opens store.db in LLAMERO_HOME by default and names what it cannot open", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "llamero-store-"));
  const before = process.env["LLAMERO_HOME"];
  process.env["LLAMERO_HOME"] = join(home, "new");
  t.after(() => {
    if (before === undefined) delete process.env["LLAMERO_HOME"];
    else process.env["LLAMERO_HOME"] = before;
    rmSync(home, { recursive: true });
  });
  {
    await using store = await openStore();
    assert.equal(store.description, `sqlite ${join(home, "new", "store.db")}`);
  }
  assert.ok(existsSync(join(home, "new", "store.db")));
  await assert.rejects(openStore("mysql://host/db"), /Cannot open a store by mysql/);
  await assert.rejects(openStore(""), /has no name/);
});
