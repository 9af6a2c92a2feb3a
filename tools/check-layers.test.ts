import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFile } from "./check-layers.ts";
import type { Manifest } from "./source-files.ts";

const manifest = (dependencies: Record<string, string> = {}): Manifest => ({
  name: "x",
  version: "0",
  dependencies,
});
const shared: Manifest = { name: "root", version: "0", devDependencies: { ajv: "8" } };
const check = (folder: string, file: string, text: string, dependencies?: Record<string, string>): string[] =>
  checkFile(folder, `packages/${folder}/src/${file}`, text, manifest(dependencies), shared);

test("checkFile lets a package import those below it", () => {
  const text = 'import { a } from "@llamero/kernels";\nimport { b } from "./b.ts";\n';
  assert.deepEqual(check("core", "a.ts", text, { "@llamero/kernels": "0" }), []);
});

test("checkFile refuses arrows that point up, sideways or around the package name", () => {
  const up = check("core", "a.ts", 'import type { S } from "@llamero/stack";', { "@llamero/stack": "0" });
  assert.match(up.join(), /the arrows are kernels <- core/);
  assert.match(check("core", "a.ts", 'export * from "../../kernels/src/x.ts";').join(), /by path/);
  assert.match(
    check("web", "a.ts", 'import "@llamero/stack";', { "@llamero/stack": "0" }).join(),
    /web may import only/,
  );
  assert.deepEqual(check("web", "a.ts", 'import "@llamero/stack/api";', { "@llamero/stack": "0" }), []);
  assert.match(check("stack", "api/a.ts", 'import "../routes/b.ts";').join(), /nothing of ours/);
});

test("checkFile lets tests of any package, and nothing else, reach the test material by path", () => {
  const text = 'import { modelPath } from "../../core/src/testdata.ts";';
  const fake = 'import { fakeFolder } from "../../train/src/pretrain/fake-pretrain.ts";';
  assert.deepEqual(check("cli", "a.test.ts", fake), []);
  assert.match(check("cli", "a.ts", fake).join(), /by path/);
  assert.deepEqual(check("cli", "a.test.ts", text), []);
  assert.match(check("cli", "a.ts", text).join(), /by path/);
});

test("checkFile names an undeclared dependency, and lets tests use those of the workspace", () => {
  assert.match(check("core", "a.ts", 'await import("ajv");').join(), /does not declare/);
  assert.deepEqual(check("core", "a.test.ts", 'import Ajv from "ajv";'), []);
});

test("checkFile keeps the engine out of a server until something needs it", () => {
  const checkStack = (text: string): string[] => check("stack", "a.ts", text, { "@llamero/core": "0" });
  assert.match(checkStack('import { type A, load } from "@llamero/core";').join(), /at the start/);
  assert.deepEqual(checkStack('import type { A } from "@llamero/core";\nawait import("@llamero/core");'), []);
  assert.deepEqual(checkStack('import { QueueFullError } from "@llamero/core/errors";'), []);
});

test("checkFile refuses network access outside core/net", () => {
  assert.match(check("core", "a.ts", 'await fetch("http://x");').join(), /uses fetch/);
  assert.match(check("core", "a.ts", "const get = globalThis.fetch;").join(), /uses fetch/);
  assert.match(
    check("core", "a.ts", 'import { connect } from "node:net";').join(),
    /imports connect from node:net/,
  );
  assert.deepEqual(check("core", "net/a.ts", 'await fetch("http://x");'), []);
  assert.deepEqual(check("core", "a.ts", "interface A { fetch: typeof fetch }\nx.fetch();"), []);
});

test("checkFile lets the server listen but not call out", () => {
  assert.deepEqual(check("stack", "a.ts", 'import { createServer, type Server } from "node:http";'), []);
  assert.match(check("stack", "a.ts", 'import { request } from "node:http";').join(), /outgoing traffic/);
  assert.match(check("stack", "a.ts", 'import http from "node:http";').join(), /outgoing traffic/);
});

test("checkFile keeps .node files inside kernels/src/native", () => {
  assert.match(check("core", "a.ts", 'const addon = "./kernels.node";').join(), /\.node file/);
  assert.deepEqual(
    check("kernels", "native/a.ts", 'require("../build/kernels.node");').filter((p) => /\.node file/.test(p)),
    [],
  );
});
