/**
 * What the server adds and takes: latency at a fixed rate in front of an upstream (open loop: requests start on time
 * whatever the answers do), memory when idle without a model, and streams held open at once.
 *
 *   node --conditions=@llamero/source --import tsx bench/server.bench.ts [rounds, default 5] [seconds, default 8]
 *
 * Needs ../shared/conformance (or LLAMERO_SHARED): upstream.mjs answers. Server and upstream are processes of their
 * own; the requests are made here. A request's time counts from when it was due.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sharedPath } from "../packages/core/src/testdata.ts";
import { llamero, machineLine, median } from "./paired.ts";

const [numRounds, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 8)];
const folder = sharedPath("conformance");
if (folder === null) throw new TypeError("needs ../shared: conformance");
const rate = 300;
const numStreams = 1000;
const [upstreamPort, ownPort] = [19_100, 19_101];

const home = mkdtempSync(join(tmpdir(), "llamero-server-"));
const file = join(home, "llamero.yaml");
writeFileSync(
  file,
  `
server: { port: ${ownPort} }
providers:
  - { id: up, type: remote::openai, preset: vllm, url: "http://127.0.0.1:${upstreamPort}/v1" }
`,
);
const children: ChildProcess[] = [];
const agent = new Agent({ keepAlive: true });

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, words, {
    stdio: "ignore",
    env: { ...process.env, LLAMERO_HOME: home, ...env },
  });
  children.push(child);
  return child;
}

async function untilUp(port: number): Promise<void> {
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${port}/v1/models`).catch(() => null))?.ok; tries++) {
    if (tries > 300) throw new Error(`Nothing answers at port ${port}`);
    await sleep(100);
  }
}

/** Asks for a chat; resolves when the answer is whole, or with `onStart` at its first byte, to what failed. */
function ask(port: number, isStream: boolean, onStart: () => void = () => {}): Promise<true | string> {
  const body = JSON.stringify({
    model: "fake-llama",
    messages: [{ role: "user", content: "Say something." }],
    stream: isStream,
    max_tokens: 64,
  });
  return new Promise((resolve) => {
    const outgoing = request(
      { port, host: "127.0.0.1", path: "/v1/chat/completions", method: "POST", agent },
      (incoming) => {
        onStart();
        incoming.resume();
        incoming.on("end", () => resolve(incoming.statusCode === 200 || `status ${incoming.statusCode}`));
        incoming.on("error", (error) => resolve(String(error)));
      },
    );
    outgoing.setHeader("content-type", "application/json");
    outgoing.on("error", (error) => resolve(String(error)));
    outgoing.end(body);
  });
}

/** 99th percentile and median of the times of answers at a fixed rate, in ms. */
async function latency(port: number): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < rate * seconds; i++) {
    const due = startedAt + (i * 1000) / rate;
    const left = due - performance.now();
    if (left > 1) await sleep(left);
    pending.push(
      ask(port, false).then((outcome) => {
        if (outcome !== true) throw new Error(`A request to port ${port} failed: ${outcome}`);
        times.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(pending);
  times.sort((a, b) => a - b);
  return { p50: times[times.length >> 1]!, p99: times[Math.floor(times.length * 0.99)]! };
}

const residentMegabytes = ({ pid }: ChildProcess): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1000;

const ms = (value: number): string => `${value.toFixed(1)} ms`;

try {
  const upstream = start([join(folder, "upstream.mjs"), String(upstreamPort)]);
  await untilUp(upstreamPort);
  const server = start([llamero, "serve", "--config", file]);
  await untilUp(ownPort);
  console.log(machineLine());
  await sleep(10_000);
  console.log(`idle without a model: ${residentMegabytes(server).toFixed(0)} MB resident`);
  // A young process compiles what it runs.
  for (let round = 0; round < 3; round++) await latency(ownPort);
  const rounds: { direct: number; proxied: number; p50: number }[] = [];
  for (let round = 0; round < numRounds; round++) {
    const direct = await latency(upstreamPort);
    const proxied = await latency(ownPort);
    rounds.push({ direct: direct.p99, proxied: proxied.p99, p50: proxied.p50 - direct.p50 });
  }
  const added = rounds.map(({ direct, proxied }) => proxied - direct);
  console.log(
    `at ${rate} requests/s: p99 direct ${ms(median(rounds.map(({ direct }) => direct)))}, proxied ${ms(median(rounds.map(({ proxied }) => proxied)))}; added p99 ${ms(median(added))} by the median of ${numRounds}, ${ms(Math.min(...added))} at best; added median ${ms(median(rounds.map(({ p50 }) => p50)))}`,
  );
  console.log(
    `raw, p99 direct/proxied: ${rounds.map((each) => `${ms(each.direct)}/${ms(each.proxied)}`).join(", ")}`,
  );
  upstream.kill();
  await sleep(500);
  start([join(folder, "upstream.mjs"), String(upstreamPort)], { DELAY_MS: "1000", TOKENS: "30" });
  await untilUp(upstreamPort);
  let numOpen = 0;
  const streams = Array.from({ length: numStreams }, () => ask(ownPort, true, () => numOpen++));
  for (let waited = 0; numOpen < numStreams && waited < 200; waited++) await sleep(100);
  console.log(
    `streams open at once: ${numOpen} of ${numStreams}, server at ${residentMegabytes(server).toFixed(0)} MB`,
  );
  const ended = await Promise.all(streams);
  console.log(
    `streams that ended whole: ${ended.filter((outcome) => outcome === true).length} of ${numStreams}`,
  );
} finally {
  for (const child of children) child.kill();
  agent.destroy();
  rmSync(home, { recursive: true, force: true });
}
