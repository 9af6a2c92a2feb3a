import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadModel } from "../load.ts";
import { modelPath } from "../testdata.ts";

const name = "SmolLM2-135M-Instruct.Q4_1.gguf";
const promptIds = Array.from({ length: 4000 }, (_, i) => 1000 + ((i * 37) % 40_000));

function sleep(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}

/** CPU time of a process with all its threads, in milliseconds; null where there is no /proc or no process. */
function cpuMs(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

/** Milliseconds until 100 ms pass with no more than one tick of CPU. */
async function timeToIdle(pid: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    const at = performance.now();
    const before = cpuMs(pid);
    await sleep(100);
    if ((cpuMs(pid) ?? 0) - (before ?? 0) <= 10) return at - start;
    if (at - start > 5000) return Number.POSITIVE_INFINITY;
  }
}

function modelOf(t: TestContext): string | null {
  const path = modelPath(name);
  if (path === null) t.skip(`needs LLAMERO_MODELS: ${name}`);
  else if (cpuMs(process.pid) === null) t.skip("needs /proc: CPU time of the process");
  else return path;
  return null;
}

test("an abort in a long prefill frees CPU and KV blocks at once, and the event loop stays free", async (t) => {
  const path = modelOf(t);
  if (path === null) return;
  await using model = await loadModel(path, { context: 8192, maxBatch: 2 });
  const controller = new AbortController();
  const sampling = { temperature: 0 };
  const lag = monitorEventLoopDelay({ resolution: 1 });
  const parts = model
    .complete(promptIds, { maxTokens: 4, sampling, signal: controller.signal })
    [Symbol.asyncIterator]();
  const failed = parts.next().then(
    () => null,
    (error: unknown) => error,
  );
  lag.enable();
  await sleep(300);
  lag.disable();
  assert.ok(model.engine.stats().kvBlocksUsed > 0, "prefill is under way");
  const abortedAt = performance.now();
  controller.abort();
  const error = await failed;
  const rejectedMs = performance.now() - abortedAt;
  assert.equal((error as Error).name, "AbortError");
  const idleMs = await timeToIdle(process.pid);
  assert.equal(model.engine.stats().kvBlocksUsed, 0);
  assert.equal(model.engine.stats().numRunning + model.engine.stats().numWaiting, 0);
  const p99 = lag.percentile(99) / 1e6;
  t.diagnostic(`rejected after ${rejectedMs.toFixed(1)} ms, idle after ${idleMs.toFixed(0)} ms`);
  t.diagnostic(`event loop in prefill: ${p99.toFixed(1)} ms p99, ${(lag.max / 1e6).toFixed(1)} ms at most`);
  assert.ok(rejectedMs < 500, `${rejectedMs} ms`);
  assert.ok(idleMs < 500, `${idleMs} ms`);
  assert.ok(p99 < 50, `${p99} ms`);
  let text = "";
  for await (const part of model.complete("The capital of France is", { maxTokens: 2, sampling })) {
    if (part.type === "finish") text = part.text;
  }
  assert.equal(text, " Paris.");
});

test("the event loop stays free in a whole prefill and in generation", async (t) => {
  const path = modelOf(t);
  if (path === null) return;
  await using model = await loadModel(path, { context: 8192, maxBatch: 1 });
  const lag = monitorEventLoopDelay({ resolution: 1 });
  lag.enable();
  for await (const part of model.complete(promptIds.slice(0, 2000), { maxTokens: 64 })) {
    if (part.type === "finish") {
      const { prefillMs, decodeMs } = part.timings;
      t.diagnostic(`${prefillMs.toFixed(0)} ms prefill, ${decodeMs.toFixed(0)} ms generation`);
    }
  }
  lag.disable();
  const p99 = lag.percentile(99) / 1e6;
  t.diagnostic(`event loop: ${p99.toFixed(1)} ms p99, ${(lag.max / 1e6).toFixed(1)} ms at most`);
  assert.ok(p99 < 50, `${p99} ms`);
});

test("Ctrl-C in a long prefill ends the command with exit code 130", async (t) => {
  const path = modelOf(t);
  if (path === null) return;
  const entry = fileURLToPath(new URL("../../../cli/src/run.ts", import.meta.url));
  const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const words = ["run", path, "--prompt-ids", "-", "-n", "4", "-c", "8192", "--json"];
  const child = spawn(process.execPath, [...flags, entry, ...words], { stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(JSON.stringify([...promptIds, ...promptIds]));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  // Two busy threads mean that the prompt is being computed: starting and loading is mostly one.
  let rate = 0;
  for (let i = 0; i < 300 && rate < 1.5 && child.exitCode === null; i++) {
    const before = cpuMs(child.pid!) ?? 0;
    const start = performance.now();
    await sleep(200);
    rate = ((cpuMs(child.pid!) ?? 0) - before) / (performance.now() - start);
    if (i >= 15) break;
  }
  await sleep(300);
  assert.equal(child.exitCode, null, `the command ended early: ${stderr}`);
  const interruptedAt = performance.now();
  child.kill("SIGINT");
  const code = await ended;
  const endedMs = performance.now() - interruptedAt;
  t.diagnostic(`ended ${endedMs.toFixed(0)} ms after Ctrl-C, at ${rate.toFixed(1)} busy threads`);
  assert.equal(code, 130);
  assert.ok(endedMs < 1000, `${endedMs} ms`);
});
