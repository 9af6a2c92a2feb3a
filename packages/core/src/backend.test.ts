import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type BackendChoice, chooseBackend } from "./backend.ts";

const variables = ["LLAMERO_BACKEND", "LLAMERO_THREADS"] as const;
const before = variables.map((name) => [name, process.env[name]] as const);

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("chooseBackend takes what is asked for, by option before LLAMERO_BACKEND", async () => {
  process.env["LLAMERO_BACKEND"] = "wasm";
  await using asked = (await chooseBackend({ backend: "reference" })).backend;
  assert.equal(asked.name, "reference");
  process.env["LLAMERO_THREADS"] = "1";
  await using fromEnvironment = (await chooseBackend()).backend;
  assert.equal(fromEnvironment.name, "wasm");
  assert.equal(fromEnvironment.threads, 1);
});

test("chooseBackend says why a faster backend was not taken", async () => {
  process.env["LLAMERO_BACKEND"] = "auto";
  const { backend, degradations } = await chooseBackend({ threads: 1 });
  for (const { used, why } of degradations) {
    assert.equal(used, backend.name);
    assert.notEqual(why, "");
  }
  await backend[Symbol.asyncDispose]();
});

test("chooseBackend refuses names and thread counts that it does not know", async () => {
  await assert.rejects(
    chooseBackend({ backend: "cuda" as BackendChoice }),
    /Backend is cuda; it must be auto or /,
  );
  await assert.rejects(chooseBackend({ threads: 0 }), /Threads is 0; it must be an integer from 1 to 1024/);
  process.env["LLAMERO_THREADS"] = "many";
  await assert.rejects(chooseBackend(), /Threads is many/);
});
