import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Escape, Prey } from "./fake-javascript-escapes.ts";
import type { RunRequest, Sandbox } from "./types.ts";

const secret = "the-secret-7c1f";

/** Runs every attempt as a test of its own, and looks after each whether anything outside was touched. */
export async function assertKeptIn(
  t: TestContext,
  sandbox: Sandbox,
  attempts: (prey: Prey) => readonly Escape[],
  limits: Omit<RunRequest, "code">,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "llamero-prey-"));
  const file = join(folder, "secret.txt");
  await writeFile(file, secret);
  process.env["LLAMERO_SANDBOX_SECRET"] = secret;
  let numCalls = 0;
  const server = createServer((_request, response) => {
    numCalls++;
    response.end(secret);
  });
  server.on("connection", () => numCalls++);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const names = Object.getOwnPropertyNames(Object.prototype).length;
  try {
    for (const { name, code, reason, seconds } of attempts({ file, folder, port, pid: process.pid })) {
      await t.test(name, async () => {
        const result = await sandbox.run({ ...limits, code, ...(seconds !== undefined && { seconds }) });
        const told = `${JSON.stringify(result).slice(0, 1500)}`;
        assert.doesNotMatch(result.stdout, /ESCAPED/, told);
        assert.ok(!told.includes(secret), told);
        // On a busy machine anything may meet its time first, and has got nothing then either.
        if (reason !== undefined) assert.ok([reason, "time"].includes(result.reason), told);
        assert.equal(result.ok, result.reason === "done");
        assert.ok(
          result.stdout.length + result.stderr.length < 3 * (limits.outputBytes ?? 0) + 5000,
          "output",
        );
        assert.ok(result.seconds < (seconds ?? limits.seconds ?? 0) + 30, told);
        assert.equal(numCalls, 0, "the server was called");
        assert.deepEqual(await readdir(folder), ["secret.txt"]);
        assert.equal(await readFile(file, "utf8"), secret);
        assert.equal(Object.getOwnPropertyNames(Object.prototype).length, names);
      });
    }
    const after = await sandbox.run({ language: limits.language, code: "1 + 1" });
    assert.equal(after.value, 2, "the sandbox works as before");
  } finally {
    delete process.env["LLAMERO_SANDBOX_SECRET"];
    server.close();
    await rm(folder, { recursive: true });
  }
}
