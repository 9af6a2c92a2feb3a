import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fakeFolder } from "./fake-pretrain.ts";
import { shuffledIndices } from "./pieces.ts";

const program = fileURLToPath(new URL("./fake-killed.ts", import.meta.url));

function start(folder: string, name: string): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, program, folder, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Lets a run go on for some time after its first event, then kills it, or to its end; gives what it said. */
async function killAfter(folder: string, name: string, milliseconds: number | null): Promise<string> {
  const child = start(folder, name);
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    if (text === "" && milliseconds !== null) setTimeout(() => child.kill("SIGKILL"), milliseconds);
    text += chunk.toString();
  });
  await once(child, "close");
  return text;
}

test("pretrain killed at random moments ends with the bytes of a run that was not", async () => {
  const folder = fakeFolder();
  const whole = await killAfter(folder, "whole", null);
  assert.match(whole, /finished 40/);
  let kills = 0;
  let last = "";
  const delays = [...shuffledIndices(16, 7)].map((i) => 5 + i * 25);
  for (let turn = 0; !last.includes("finished"); turn++) {
    last = await killAfter(folder, "killed", delays[turn] ?? null);
    if (!last.includes("finished")) kills++;
  }
  assert.ok(kills >= 5, `killed ${kills} times only`);
  const read = (name: string, path: string): Buffer => readFileSync(join(folder, name, path));
  for (const path of ["checkpoints/step-00000040/state.safetensors", "model/model.safetensors"])
    assert.deepEqual(read("killed", path), read("whole", path), path);
  const curve = (name: string): unknown[] =>
    read(name, "metrics.jsonl")
      .toString()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string; step: number; loss?: number; values?: unknown })
      .flatMap(({ event, step, loss, values }) =>
        event === "step" || event === "eval" ? [[event, step, loss, values]] : [],
      );
  assert.deepEqual(curve("killed"), curve("whole"));
  process.stdout.write(`# killed ${kills} times\n`);
});
