import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../native/test/", import.meta.url));

/** Runs one of the stand-alone scripts, whose last line counts what passed and failed. */
function runScript(t: TestContext, name: string, args: readonly string[] = []): void {
  if (spawnSync("g++", ["--version"]).status !== 0) {
    t.skip("needs g++");
    return;
  }
  const output = execFileSync("sh", [`${folder}${name}`, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (output.startsWith("skip")) {
    t.skip(output.trim());
    return;
  }
  t.diagnostic(output.trim().split("\n").slice(-1)[0]!);
  assert.match(output, /^\d+ passed, 0 failed$/m);
}

test("kernels equal the generic ones, emulated where the processor lacks them", (t) =>
  runScript(t, "run.sh", ["--quick"]));
test("kernels are clean under the address and undefined-behavior sanitizers", (t) =>
  runScript(t, "sanitize.sh"));
test("training kernels equal the generic ones, emulated where the processor lacks them", (t) =>
  runScript(t, "train.sh"));
test("NEON kernels equal the generic ones under qemu-aarch64", (t) => runScript(t, "neon.sh"));
