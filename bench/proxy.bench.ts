/**
 * Requests per second of a proxied model against its upstream asked directly, in turns: each round measures both, whole
 * answers and streams, 16 connections.
 *
 *   node --conditions=@llamero/source --import tsx bench/proxy.bench.ts [rounds, default 5] [seconds, default 4]
 *
 * With LLAMA_STACK_URL (http://127.0.0.1:PORT of a running Llama Stack whose provider `vllm` is an upstream.mjs of its own)
 * each round asks it too, as vllm/fake-llama.
 *
 * Needs ../shared/conformance (or LLAMERO_SHARED): upstream.mjs answers, load.mjs asks. Each is a process of its own.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sharedPath } from "../packages/core/src/testdata.ts";
import { llamero, machineLine, median, run, showRate } from "./paired.ts";

const llamaStack = process.env["LLAMA_STACK_URL"];
const [numRounds, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 4)];
const folder = sharedPath("conformance");
if (folder === null) throw new TypeError("needs ../shared: conformance");
const numConnections = 16;
const upstreamPort = 19_100;
const ownPort = 19_101;

const config = `
server: { port: ${ownPort} }
providers:
  - { id: up, type: remote::openai, preset: vllm, url: "http://127.0.0.1:${upstreamPort}/v1" }
`;

async function untilUp(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; !(await fetch(url).catch(() => null))?.ok; tries++) {
    if (child.exitCode !== null || tries > 300) throw new Error(`${url} does not answer`);
    await sleep(100);
  }
}

function measure(base: string, mode: "plain" | "stream", model = "fake-llama"): number {
  const words = [`${base}/v1/chat/completions`, model, String(numConnections), String(seconds), mode];
  const result = JSON.parse(run(process.execPath, [join(folder!, "load.mjs"), ...words]));
  if (result.bad > 0) throw new Error(`${result.bad} requests failed: ${result.firstErr}`);
  return result.rps;
}

const home = mkdtempSync(join(tmpdir(), "llamero-proxy-"));
const file = join(home, "llamero.yaml");
writeFileSync(file, config);
const upstream = spawn(process.execPath, [join(folder, "upstream.mjs"), String(upstreamPort)], {
  stdio: "ignore",
});
await untilUp(`http://127.0.0.1:${upstreamPort}/v1/models`, upstream);
const server = spawn(process.execPath, [llamero, "serve", "--config", file], {
  stdio: "ignore",
  env: { ...process.env, LLAMERO_HOME: home },
});
try {
  await untilUp(`http://127.0.0.1:${ownPort}/v1/models`, server);
  console.log(machineLine());
  const [direct, own] = [upstreamPort, ownPort].map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const peer = (mode: "plain" | "stream"): number =>
    llamaStack === undefined ? Number.NaN : measure(llamaStack, mode, "vllm/fake-llama");
  // A young process compiles what it runs.
  for (const mode of ["stream", "plain", "stream", "plain"] as const)
    for (const base of [direct, own]) measure(base, mode);
  for (const mode of ["plain", "stream"] as const) {
    const samples: { direct: number; proxied: number; peer: number }[] = [];
    for (let round = 0; round < numRounds; round++) {
      samples.push({ direct: measure(direct, mode), proxied: measure(own, mode), peer: peer(mode) });
    }
    const middle = (of: (sample: (typeof samples)[number]) => number): number => median(samples.map(of));
    const share = middle((each) => each.proxied / each.direct);
    const beside =
      llamaStack === undefined
        ? ""
        : `; Llama Stack ${showRate(middle((each) => each.peer))}, ${(100 * middle((each) => each.peer / each.direct)).toFixed(1)} %; ours ${middle((each) => each.proxied / each.peer).toFixed(1)} times that, best run against best run ${(Math.max(...samples.map((each) => each.proxied)) / Math.max(...samples.map((each) => each.peer))).toFixed(1)}`;
    console.log(
      `${mode}: direct ${showRate(middle((each) => each.direct))}, proxied ${showRate(middle((each) => each.proxied))} requests/s; ${(100 * share).toFixed(0)} %${beside} (medians of ${numRounds}); load ${loadavg()[0]!.toFixed(1)}`,
    );
    for (const each of samples) console.log(`  raw ${JSON.stringify(each)}`);
  }
} finally {
  server.kill();
  upstream.kill();
  rmSync(home, { recursive: true });
}
