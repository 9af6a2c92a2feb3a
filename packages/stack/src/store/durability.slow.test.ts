import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { startPostgres } from "./fake-postgres-server.ts";
import { openStore } from "./open-store.ts";

const numRounds = Number(process.env["LLAMERO_STORE_ROUNDS"] ?? 100);
const folder = mkdtempSync(join(tmpdir(), "llamero-durability-"));
const postgres = startPostgres(54_331);
after(() => {
  rmSync(folder, { recursive: true });
  postgres?.stop();
});

/** Writes, says which write has resolved, and goes on until it is killed. */
const child = `
const { openStore } = await import(${JSON.stringify(new URL("./open-store.ts", import.meta.url).href)});
const store = await openStore(process.argv[1]);
const round = process.argv[2];
for (let i = 0; ; i++) {
  const id = round + "-" + i;
  const value = { id, text: "x".repeat(i * 100) };
  await store.write(
    { write: "put", kind: "response", id, owner: "o", value },
    { write: "put", kind: "response_item", id, owner: "o", parent: id, value },
  );
  process.stdout.write(id + "\\n");
}`;

/** Runs the child until it has acknowledged some writes, kills it at once, and gives what it acknowledged. */
async function killAfter(place: string, round: number, count: number): Promise<string[]> {
  const flags = [
    "--conditions=@llamero/source",
    "--import",
    new URL("../../../../tools/typescript/register.mjs", import.meta.url).href,
    "--input-type=module",
    "-e",
    child,
    place,
    `r${round}`,
  ];
  const process_ = spawn(process.execPath, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise((resolve) => process_.once("exit", resolve));
  const seen: string[] = [];
  for await (const line of createInterface({ input: process_.stdout })) {
    seen.push(line);
    if (seen.length === count) process_.kill("SIGKILL");
  }
  await exited;
  return seen;
}

/** Kills writers over one store; all that they acknowledged must be there, and nothing half done. */
async function killWriters(place: string, crash: () => void): Promise<string> {
  const acknowledged: string[] = [];
  for (let round = 0; round < numRounds; round++) {
    acknowledged.push(...(await killAfter(place, round, 1 + (round % 5))));
    if (round % 10 !== 9 && round !== numRounds - 1) continue;
    crash();
    await using store = await openStore(place);
    for (const id of acknowledged) assert.ok(await store.get("response", id, "o"), `${id} is lost`);
    // Both objects of a write are there, or none.
    const options = { owner: "o", limit: 1_000_000, order: "asc" } as const;
    const [responses, items] = [
      await store.list("response", options),
      await store.list("response_item", options),
    ];
    assert.deepEqual(
      items.items.map(({ id }) => id),
      responses.items.map(({ id }) => id),
    );
  }
  return `${acknowledged.length} acknowledged writes, ${numRounds} kills, none lost`;
}

const options = { timeout: 3_000_000 };

test(`SQLite loses no acknowledged write in ${numRounds} kills`, options, async (t) => {
  t.diagnostic(await killWriters(join(folder, "store.db"), () => {}));
});

test(
  `PostgreSQL loses no acknowledged write in ${numRounds} kills, and its own server's crash after each tenth`,
  options,
  async (t) => {
    if (postgres === null) return t.skip("needs Debian's postgresql");
    t.diagnostic(await killWriters(postgres.url, postgres.crash));
  },
);
