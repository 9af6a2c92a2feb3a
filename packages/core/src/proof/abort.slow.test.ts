import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
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

/** How long things take on a busy machine says nothing about the engine; the rest of a test holds there too. */
const load = loadavg()[0]!;
const isQuiet = load < 1.5 * availableParallelism();

function assertShort(t: TestContext, what: string, ms: number, limitMs: number): void {
  t.diagnostic(
    `${what}: ${ms.toFixed(1)} ms${isQuiet ? "" : `, not judged at a load of ${load.toFixed(1)}`}`,
  );
  assert.ok(!isQuiet || ms < limitMs, `${what} took ${ms} ms, not below ${limitMs}`);
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
  assert.ok(idleMs < Number.POSITIVE_INFINITY, "it computes on after the abort");
  assertShort(t, "rejection", rejectedMs, 500);
  assertShort(t, "idle", idleMs, 500);
  assertShort(t, `event loop in prefill, ${(lag.max / 1e6).toFixed(1)} ms at most, p99`, p99, 50);
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
  assertShort(t, `event loop, ${(lag.max / 1e6).toFixed(1)} ms at most, p99`, p99, 50);
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
  // Two busy threads mean that the prompt is being computed: starting and loading is mostly one, and takes less.
  let [rate, spentMs] = [0, 0];
  while (rate < 1.5 && spentMs < 8000 && child.exitCode === null) {
    const start = performance.now();
    await sleep(200);
    const now = cpuMs(child.pid!) ?? 0;
    rate = (now - spentMs) / (performance.now() - start);
    spentMs = now;
  }
  await sleep(300);
  assert.equal(child.exitCode, null, `the command ended early: ${stderr}`);
  const interruptedAt = performance.now();
  child.kill("SIGINT");
  const code = await ended;
  const endedMs = performance.now() - interruptedAt;
  assert.equal(code, 130);
  assertShort(t, `end after Ctrl-C, at ${rate.toFixed(1)} busy threads`, endedMs, 1000);
});
