import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { javascriptEscapes } from "./fake-javascript-escapes.ts";
import { assertKeptIn } from "./fake-prey.ts";
import { parseFrame } from "./frames.ts";
import { sandboxRunCode } from "./run-code.ts";
import { createSandbox } from "./sandbox.ts";
import type { RunResult, SandboxLanguage } from "./types.ts";
import { permissionFlag } from "./walls.ts";

// A busy machine may let a run wait; only what is to end by its time gets little.
const sandbox = await createSandbox({ seconds: 300, megabytes: 256 });
after(() => sandbox[Symbol.asyncDispose]());

/** Runs code that prints and does not end, with more time until there was enough for it to print. */
async function runOutOfTime(language: SandboxLanguage, code: string): Promise<RunResult> {
  for (let seconds = 0.3; ; seconds *= 4) {
    const result = await sandbox.run({ language, code, seconds });
    if (result.stdout !== "" || seconds > 60) return result;
  }
}

test("Sandbox keeps JavaScript in", async (t) => {
  const limits = { language: "javascript", seconds: 0.2, megabytes: 4, outputBytes: 10_000 } as const;
  await assertKeptIn(t, sandbox, javascriptEscapes, limits);
});

test("Sandbox gives JavaScript its input, files, timers and the value of its last expression", async () => {
  const code = `
    const { deepEqual } = require("node:assert");
    deepEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] });
    setTimeout((text) => console.log(text), 5, "second");
    console.log("first %d", 1, { a: [1, "x"], b: new Map([[1, 2]]) }, [undefined, null, -0]);
    console.error("to the errors");
    ({ line: readline(), all: stdin(), file: readFile("a.txt") })`;
  const result = await sandbox.run({
    language: "javascript",
    code,
    stdin: "1 2\n3\n",
    files: { "a.txt": "äö" },
  });
  assert.equal(
    result.stdout,
    "first 1 { a: [ 1, 'x' ], b: Map(1) { 1 => 2 } } [ undefined, null, -0 ]\nsecond\n",
  );
  assert.equal(result.stderr, "to the errors\n");
  assert.deepEqual(result.value, { line: "1 2", all: "1 2\n3\n", file: "äö" });
  assert.equal(result.ok, true);
});

test("Sandbox waits for promises at the top level and fails where one is rejected", async () => {
  const run = sandboxRunCode(sandbox);
  assert.equal(
    (await run("javascript", "const f = async () => { await null; print(7) }; await f()")).stdout,
    "7\n",
  );
  const failed = await run("javascript", "(async () => { await null; throw new TypeError('late') })()");
  assert.equal(failed.reason, "error");
  assert.match(failed.stderr, /TypeError: late/);
});

test("Sandbox tells which limit ended a run", async () => {
  const limits = { language: "javascript", megabytes: 8, outputBytes: 1000 } as const;
  const memory = await sandbox.run({ ...limits, code: "const a = []; for (;;) a.push(new Uint8Array(1e5))" });
  assert.equal(memory.reason, "memory");
  const output = await sandbox.run({ ...limits, code: "for (;;) print('xxxxxxxxx')" });
  assert.deepEqual([output.reason, output.stdout.length], ["output", 1000]);
  const time = await runOutOfTime("javascript", "print('before'); for (;;);");
  assert.deepEqual([time.reason, time.stdout], ["time", "before\n"]);
});

test("Sandbox runs as many at once as it is told and gives each its own answer", async () => {
  const runs = Array.from({ length: 8 }, (_, i) => sandbox.run({ language: "javascript", code: `${i} * 2` }));
  const values = (await Promise.all(runs)).map(({ value }) => value);
  assert.deepEqual(values, [0, 2, 4, 6, 8, 10, 12, 14]);
});

test("Sandbox ends a run that is aborted", async () => {
  const signal = AbortSignal.timeout(100);
  await assert.rejects(sandbox.run({ language: "javascript", code: "while (true) {}", signal }), {
    name: "TimeoutError",
  });
  const ended = AbortSignal.abort();
  await assert.rejects(sandbox.run({ language: "javascript", code: "1", signal: ended }), {
    name: "AbortError",
  });
});

test("Sandbox refuses what it cannot run", async () => {
  const run = (more: object) => sandbox.run({ language: "javascript", code: "1", ...more });
  await assert.rejects(run({ language: "ruby" }), /runs python and javascript, not "ruby"/);
  await assert.rejects(run({ seconds: 0 }), /seconds of a sandbox must be a number above 0, not 0/);
  await assert.rejects(run({ megabytes: 1e6 }), /made for 256/);
  await assert.rejects(run({ files: { "../x": "" } }), /plain name .* not "..\/x"/);
  const closed = await createSandbox();
  await closed[Symbol.asyncDispose]();
  await assert.rejects(closed.run({ language: "javascript", code: "1" }), /closed/);
});

test("createSandbox names every protection, and fails where a required one is missing", async (t) => {
  const names = sandbox.protections.map(({ name }) => name).sort();
  const expected = ["empty-environment", "network-namespace", "no-code-from-strings", "parent-death"];
  assert.deepEqual(names, [...expected, "permission-flags", "process-limits", "process-namespace"]);
  for (const { detail } of sandbox.protections) assert.ok(detail.length > 0);
  const missing = sandbox.protections.find(({ isInForce }) => !isInForce);
  if (missing === undefined) return t.diagnostic("all protections are in force here");
  await assert.rejects(createSandbox({ require: [missing.name] }), /needs the protection/);
});

test("createSandbox fails closed where the system has no network namespace", async () => {
  const { PATH } = process.env;
  const require = ["network-namespace"] as const;
  const findNothing = { findCommand: () => null };
  await assert.rejects(createSandbox({ require }, findNothing), /network-namespace.*unshare/);
  await using weaker = await createSandbox({}, findNothing);
  const inForce = weaker.protections.filter(({ isInForce }) => isInForce).map(({ name }) => name);
  assert.deepEqual(inForce, ["permission-flags", "empty-environment", "no-code-from-strings"]);
  assert.equal((await weaker.run({ language: "javascript", code: "1 + 1" })).value, 2);
  assert.equal(process.env["PATH"], PATH);
});

test("Sandbox says how to get Pyodide where it is not installed", async () => {
  const nowhere = await mkdtemp(join(tmpdir(), "llamero-nowhere-"));
  await using other = await createSandbox({}, { pyodidePlaces: [nowhere] });
  await assert.rejects(other.run({ language: "python", code: "1" }), /npm install pyodide/);
  await assert.rejects(other.warm("python"), /npm install pyodide/);
});

test("Sandbox runs Python once per interpreter, with input and files, and stops it", async () => {
  const files = { "a.txt": "from a file" };
  const code = "import sys\nprint(input(), sys.stdin.read(), open('a.txt').read())\n[1, {'a': None}]";
  const result = await sandbox.run({ language: "python", code, stdin: "one\ntwo", files });
  assert.equal(result.stdout, "one two from a file\n");
  assert.deepEqual(result.value, [1, { a: null }]);
  await sandbox.run({ language: "python", code: "import builtins\nbuiltins.left = 1" });
  const next = await sandbox.run({ language: "python", code: "left" });
  assert.match(next.stderr, /NameError: name 'left' is not defined/);
  const loop = await runOutOfTime("python", "print('before')\nwhile True: pass");
  assert.deepEqual([loop.reason, loop.stdout], ["time", "before\n"]);
  const exit = await sandbox.run({ language: "python", code: "import sys\nsys.exit(3)" });
  assert.deepEqual([exit.ok, exit.reason, exit.exitCode], [false, "error", 3]);
});

test("parseFrame takes nothing that is no frame", () => {
  for (const line of ["", "x", "null", "[]", '{"kind":"other"}', '{"kind":"output","stream":3,"text":""}']) {
    assert.equal(parseFrame(line), null);
  }
  assert.equal(parseFrame('{"kind":"result","id":1,"reason":"done"}'), null);
  assert.equal(parseFrame('{"kind":"result","id":"a","reason":"fine"}'), null);
});

test("permissionFlag knows the versions of Node that name it without experimental", () => {
  assert.deepEqual(
    ["20.20.2", "22.12.0", "22.13.0", "23.4.0", "23.5.0", "24.0.0"].map(
      (version) => permissionFlag(version).length > 15,
    ),
    [true, true, false, true, false, false],
  );
});
