import assert from "node:assert/strict";
import { test } from "node:test";
import type { SqlRow, Statement } from "../database.ts";
import type { PostgresDriver, PostgresRun } from "./driver.ts";
import { PostgresDatabase } from "./postgres-database.ts";

interface Answer {
  rows?: readonly SqlRow[];
  changes?: number;
}

/** A driver that keeps what it is asked and answers by the beginning of a statement; an Error is thrown. */
function fakeDriver(answers: Readonly<Record<string, Answer | Error>>): {
  driver: PostgresDriver;
  seen: string[];
} {
  const seen: string[] = [];
  const settings: Readonly<Record<string, string>> = { server_encoding: "UTF8", synchronous_commit: "on" };
  const run: PostgresRun = async (sql, params) => {
    seen.push(sql);
    const found = Object.entries(answers).find(([start]) => sql.startsWith(start))?.[1];
    if (found instanceof Error) throw found;
    const value = sql.startsWith("select current_setting") ? settings[String(params[0])] : undefined;
    return { rows: value === undefined ? [] : [{ value }], changes: 1, ...found };
  };
  const transaction: PostgresDriver["transaction"] = async (work) => {
    seen.push("begin");
    try {
      const result = await work(run);
      seen.push("commit");
      return result;
    } catch (error) {
      seen.push("rollback");
      throw error;
    }
  };
  return { driver: { run, transaction, close: async () => {} }, seen };
}

async function open(
  answers: Readonly<Record<string, Answer | Error>>,
): Promise<{ database: PostgresDatabase; seen: string[] }> {
  const { driver, seen } = fakeDriver(answers);
  const database = await PostgresDatabase.open(driver, "postgres fake");
  seen.length = 0;
  return { database, seen };
}

const plain = (sql: string): Statement => ({ sql, params: [] });
const guard = { kind: "job", id: "a", owner: "o", version: 1 };

test("PostgresDatabase.open makes the tables under a lock, and refuses another encoding", async () => {
  const { driver, seen } = fakeDriver({});
  await PostgresDatabase.open(driver, "postgres fake");
  const begin = seen.indexOf("begin");
  assert.match(seen[begin + 1]!, /^select pg_advisory_xact_lock\(\$1\)/);
  assert.ok(seen.some((sql) => /^create table llamero_object[\s\S]*value json not null/.test(sql)));
  assert.ok(seen.some((sql) => /^insert into llamero_migration .* values \(\$1, \$2, \$3\)/.test(sql)));
  const latin = fakeDriver({ "select current_setting": { rows: [{ value: "LATIN1" }] } });
  await assert.rejects(PostgresDatabase.open(latin.driver, "postgres fake"), /encoding LATIN1: create/);
  assert.deepEqual(latin.seen.length, 1);
});

test("PostgresDatabase.commit takes back a unit whose guard changes no row, and it alone", async () => {
  const { database, seen } = await open({
    "guarded ": { changes: 0 },
    "select version": { rows: [{ version: "3" }] },
  });
  const units = [[plain("one ?")], [{ ...plain("guarded ?"), guard }, plain("never")], [plain("two")]];
  const results = await database.commit(units);
  assert.deepEqual([results[0], results[2]], [null, null]);
  assert.match(JSON.stringify(results[1]), /conflict.*it has version 3, version 1 was expected/);
  assert.deepEqual(
    seen.map((sql) => sql.replace(/^select version.*/, "version?")),
    [
      "begin",
      "one $1",
      "savepoint unit",
      "guarded $1",
      "version?",
      "rollback to savepoint unit",
      "two",
      "commit",
    ],
  );
});

test("PostgresDatabase.commit tries units alone after a statement's error, and passes on a lost connection", async () => {
  const bad = Object.assign(new Error("bad value"), { code: "22P02" });
  const { database, seen } = await open({ bad });
  const results = await database.commit([[plain("one")], [plain("bad")], [plain("two")]]);
  assert.deepEqual(results, [null, { failure: "error", message: "bad value" }, null]);
  assert.equal(seen.filter((sql) => sql === "commit").length, 2);
  const lost = Object.assign(new Error("connection lost"), { code: "08006" });
  const other = await open({ one: lost });
  await assert.rejects(other.database.commit([[plain("one")]]), /connection lost/);
});
