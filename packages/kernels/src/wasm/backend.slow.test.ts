// The backend in a real browser: a page runs the same program and sends its results back.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { workerUrl } from "./assets.ts";
import { createWasmBackend } from "./backend.ts";
import { logitsOf, openTinyProgram } from "./tiny-program.ts";

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browser = process.env["LLAMERO_CHROMIUM"] ?? candidates.find((path) => existsSync(path));

const pageSource = `
  import base from "../../build/kernels.wasm";
  import relaxed from "../../build/kernels-relaxed.wasm";
  import dot from "../../build/kernels-relaxed-dot.wasm";
  import { createWasmBackend } from "./backend.ts";
  import { logitsOf, openTinyProgram } from "./tiny-program.ts";
  const report = (value) => navigator.sendBeacon("/result", JSON.stringify(value));
  try {
    const backend = await createWasmBackend({
      threads: 2,
      wasm: { base, relaxed, "relaxed-dot": dot },
      worker: new URL("/wasm-worker.js", location.href),
    });
    const executable = openTinyProgram(backend, "deterministic", "f16");
    const logits = await logitsOf(executable, [20, 25]);
    report({ threads: backend.threads, degradations: backend.degradations, logits: [...logits] });
  } catch (error) {
    report({ error: String(error.stack ?? error) });
  }
`;

interface PageResult {
  threads: number;
  degradations: readonly { what: string; used: string; why: string }[];
  logits: readonly number[];
  error?: string;
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: pageSource, resolveDir: fileURLToPath(new URL(".", import.meta.url)), loader: "js" },
    bundle: true,
    format: "esm",
    target: "es2022",
    loader: { ".wasm": "binary" },
    write: false,
  });
  return outputFiles[0]!.text;
}

/** Serves the page and resolves with what it sends. */
async function serve(
  page: string,
  isIsolated: boolean,
): Promise<{ server: Server; result: Promise<PageResult> }> {
  let receive: (result: PageResult) => void = () => {};
  const result = new Promise<PageResult>((resolve) => {
    receive = resolve;
  });
  const files: Record<string, readonly [string, string]> = {
    "/": ["text/html", '<!doctype html><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", page],
    "/wasm-worker.js": ["text/javascript", readFileSync(workerUrl, "utf8")],
  };
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      receive(JSON.parse(Buffer.concat(chunks).toString()) as PageResult);
      response.end();
      return;
    }
    const [type, body] = files[request.url ?? ""] ?? [];
    if (type === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", type);
    if (isIsolated) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, result };
}

async function runInBrowser(t: TestContext, isIsolated: boolean): Promise<PageResult> {
  const { server, result } = await serve(await bundlePage(), isIsolated);
  const profile = mkdtempSync(join(tmpdir(), "llamero-chromium-"));
  const { port } = server.address() as AddressInfo;
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    `--user-data-dir=${profile}`,
  ];
  const child: ChildProcess = spawn(browser!, [...flags, `http://127.0.0.1:${port}/`], { stdio: "ignore" });
  const closed = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    child.kill();
    await closed;
    server.close();
    server.closeAllConnections();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const early = closed.then(() => assert.fail("the browser ended before the page sent its results"));
  const value = await Promise.race([result, early]);
  assert.equal(value.error, undefined);
  return value;
}

async function expectedLogits(): Promise<number[]> {
  await using backend = await createWasmBackend({ threads: 1 });
  await using executable = openTinyProgram(backend, "deterministic", "f16");
  return [...(await logitsOf(executable, [45]))];
}

for (const isIsolated of [true, false]) {
  const page = isIsolated ? "a cross-origin isolated page" : "a page that is not isolated";
  test(`createWasmBackend gives the bits of Node in ${page}`, async (t) => {
    if (browser === undefined)
      return t.skip(`needs a browser: ${candidates.join(" or ")}, or LLAMERO_CHROMIUM`);
    const { threads, degradations, logits } = await runInBrowser(t, isIsolated);
    const reported = degradations.map(({ what, used }) => `${what}: ${used}`);
    assert.deepEqual(reported, isIsolated ? [] : ["WebAssembly threads: the calling thread"]);
    assert.equal(threads, isIsolated ? 2 : 1);
    assert.deepEqual(logits, await expectedLogits());
  });
}
