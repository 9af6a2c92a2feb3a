/** Requests for fake workers, and what they should get. Tests only. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../engine/engine.ts";
import { FakeBackend, fakeEngineOptions } from "../engine/fake-backend.ts";
import type { GenerateRequest, TokenEvent } from "../engine/request.ts";
import { completeSampling, type SamplingParams } from "../sample/params.ts";
import { WorkerError } from "./errors.ts";
import {
  type FakeLoad,
  fakeContext,
  fakeEngineLoader,
  fakePath,
  fakeVocabSize,
  fatalTokens,
} from "./fake-engine.ts";
import { inlineWorkers } from "./inline.ts";
import { processWorkers } from "./node-process.ts";
import type { StartWorker, WorkerPort } from "./protocol.ts";
import { RemoteEngine, type RemoteEngineOptions } from "./remote-engine.ts";

/** A remote engine over fake workers of some kind. */
export function fakeRemoteEngine(
  start: StartWorker,
  load: FakeLoad = {},
  options: Partial<RemoteEngineOptions> = {},
): RemoteEngine {
  return new RemoteEngine({
    name: "fake",
    start,
    load: { path: fakePath(load) },
    contextLimit: fakeContext,
    mode: "deterministic",
    ...options,
    policy: { restartMs: 1, maxRestartMs: 20, ...options.policy },
  });
}

export function request(
  promptIds: readonly number[],
  sampling: Partial<SamplingParams> = {},
  maxTokens = 40,
): GenerateRequest {
  const complete = completeSampling({ temperature: 1, seed: promptIds[0]!, ...sampling });
  return { promptIds, maxTokens, sampling: complete, stopIds: [], topLogprobs: 1 };
}

/** Prompts that differ from each other and hold no fatal token. */
export const prompt = (n: number, length = 5): number[] =>
  Array.from({ length }, (_, i) => (n * 13 + i * i * 7) % 60);

export async function collect(events: AsyncIterable<TokenEvent>): Promise<TokenEvent[]> {
  const all: TokenEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export const tokensOf = (events: readonly TokenEvent[]): TokenEvent[] =>
  events.filter(({ type }) => type === "token");

/** What an engine in this process that nobody kills says. */
export async function expected(requests: readonly GenerateRequest[]): Promise<TokenEvent[][]> {
  await using engine = new Engine(
    fakeEngineOptions(new FakeBackend({ vocabSize: fakeVocabSize }), { contextLimit: fakeContext }),
  );
  return await Promise.all(requests.map((each) => collect(engine.generate(each))));
}

/** Same tokens with the same log-probabilities, and the same count of everything but cache hits. */
export function assertSameAnswers(got: readonly TokenEvent[][], wanted: readonly TokenEvent[][]): void {
  for (const [i, events] of got.entries()) {
    assert.deepEqual(tokensOf(events), tokensOf(wanted[i]!));
    const [a, b] = [events.at(-1)!, wanted[i]!.at(-1)!];
    assert.ok(a.type === "finish" && b.type === "finish");
    assert.equal(a.reason, b.reason);
    const { completionTokens, promptTokens, contextUsed } = b.usage;
    assert.deepEqual({ ...a.usage, completionTokens, promptTokens, contextUsed }, a.usage);
  }
}

/** Fake workers in this thread whose deaths are played: fast. `kill` ends the last one started. */
export function playedWorkers(): { start: StartWorker; kill: () => void } {
  let last: WorkerPort | null = null;
  const start: StartWorker = (listener) => {
    const port: WorkerPort = inlineWorkers(fakeEngineLoader(() => port.kill()))(listener);
    last = port;
    return port;
  };
  return { start, kill: () => last?.kill() };
}

/** Fake workers in processes of their own. */
export const fakeProcesses: StartWorker = processWorkers(new URL("./fake-process-entry.ts", import.meta.url));

/** A remote engine over fake workers in processes. */
export const fakeProcessEngine = (
  load: FakeLoad = {},
  options: Partial<RemoteEngineOptions> = {},
): RemoteEngine => fakeRemoteEngine(fakeProcesses, load, options);

/** Requests that kill workers, a generation and a score, fail alone; the others beside them get their answers. */
export async function assertPoisonFailsAlone(engine: RemoteEngine): Promise<void> {
  const good = [1, 2, 3].map((n) => request(prompt(n)));
  const wanted = await expected(good);
  const poison = collect(engine.generate(request([4, fatalTokens.kill, 5])));
  const answers = Promise.all(good.map((each) => collect(engine.generate(each))));
  await assert.rejects(poison, (error) => {
    assert.ok(error instanceof WorkerError);
    assert.equal(error.code, "request-kills-worker");
    assert.match(error.message, /died twice while it computed this request alone/);
    return true;
  });
  assert.deepEqual((await answers).map(tokensOf), wanted.map(tokensOf));
  await assert.rejects(engine.score([1, fatalTokens.kill, 2]), { code: "request-kills-worker" });
}

/** The process of a ready worker that is not `other`. */
export async function untilPid(engine: RemoteEngine, other: number | null = null): Promise<number> {
  for (;;) {
    const { state, pid } = engine.supervisor.status();
    if (state === "ready" && pid !== null && pid !== other) return pid;
    await sleep(5);
  }
}
