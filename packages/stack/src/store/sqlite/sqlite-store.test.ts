import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { storeSuite } from "../fake-store-suite.ts";
import { chooseSqlite, type SqliteBuild } from "./driver.ts";
import { openSqliteStore } from "./open-sqlite-store.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-store-"));
after(() => rmSync(folder, { recursive: true }));

/** A suite opens its store once, so each stands in a block of its own. */
function suite(name: string, place: string, build: SqliteBuild): void {
  describe(name, () => {
    storeSuite({ name, open: () => openSqliteStore(place, { build }), keeps: place !== ":memory:" });
  });
}

suite("sqlite in WebAssembly, in memory", ":memory:", "wasm");
suite("sqlite in WebAssembly", join(folder, "wasm.db"), "wasm");
const hasNodeSqlite = await chooseSqlite("node").then(
  () => true,
  () => false,
);
if (hasNodeSqlite) {
  suite("node:sqlite in memory", ":memory:", "node");
  suite("node:sqlite", join(folder, "node.db"), "node");
} else test("node:sqlite", (t) => t.skip(`Node ${process.version} has no node:sqlite`));
