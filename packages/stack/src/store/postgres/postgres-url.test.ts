import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { onEgress, RefusedRequestError, setOffline } from "@llamero/core/net/policy";
import { openStore } from "../open-store.ts";
import { checkConnection, isLoopback, parsePostgresUrl } from "./postgres-url.ts";

afterEach(() => setOffline(null));

test("parsePostgresUrl takes a URL apart and prints no password", () => {
  const address = parsePostgresUrl("postgres://me:p%40ss@db.example.org:6432/llamero?sslmode=verify-full");
  assert.deepEqual(address, {
    host: "db.example.org",
    port: 6432,
    database: "llamero",
    username: "me",
    password: "p@ss",
    sslMode: "verify-full",
    printable: "postgres db.example.org:6432/llamero",
  });
  assert.equal(parsePostgresUrl("postgresql://[::1]/x").host, "::1");
  assert.equal(parsePostgresUrl("postgres:///x?host=/run/postgresql").host, "/run/postgresql");
  assert.equal(parsePostgresUrl("postgres://far/x").sslMode, "prefer");
});

test("parsePostgresUrl refuses what it does not know", () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ["postgres://", /names no host/],
    ["postgres://host", /names no database/],
    ["postgres://a:p@x,y/db", /cannot be read|several hosts/],
    ["postgres://host/db?sslmode=maybe", /sslmode=maybe; known: disable/],
    ["postgres://host/db?options=x", /unknown parameter options/],
    ["mysql://host/db", /cannot be read/],
  ];
  for (const [url, message] of refused) assert.throws(() => parsePostgresUrl(url), message, url);
});

test("isLoopback knows this machine only", () => {
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "::1", "/run/postgresql"])
    assert.ok(isLoopback(host), host);
  for (const host of ["10.0.0.1", "localhost.example.org", "127.example.org", "db", "::2"]) {
    assert.ok(!isLoopback(host), host);
  }
});

test("openStore refuses hosts beyond this machine when offline, and reports the attempt", async () => {
  setOffline(true);
  checkConnection(parsePostgresUrl("postgres://127.0.0.1/db"));
  const seen: string[] = [];
  const stop = onEgress(({ purpose, url, error }) => seen.push(`${purpose} ${url} ${error?.slice(0, 7)}`));
  await assert.rejects(openStore("postgres://u:p@db.example.org/x"), RefusedRequestError);
  stop();
  assert.deepEqual(seen, ["store postgres db.example.org/x Offline"]);
});
