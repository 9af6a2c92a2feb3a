/**
 * Clients that ask all the time while the worker is killed again and again. Counts answers that are lost or not what they
 * should be, and watches memory.
 *
 *   node --conditions=@llamero/source --import tsx bench/soak.ts [minutes, default 10] [--kill SECONDS] [--clients N]
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/soak.ts [minutes] --model
 *
 * The marker. A small language model cannot be relied on to repeat a marker, so the whole answer is the marker: each
 * prompt has a serial number of four tokens in it, the answer depends on every token of the prompt, and what it has to be
 * was computed beforehand, alone. One token lost, said twice, drawn with another random number or taken from another
 * request gives another answer.
 *
 * - Default: a scripted model, whose next token is a hash of everything before it. Everything else is real: the worker
 *   process, the protocol, the supervisor, the engine's scheduling, KV blocks, sampling with seeds and penalties.
 * - `--model`: SmolLM2 in deterministic mode over HTTP: the server, its worker process, the native kernels. Answers
 *   are compared as text with those computed alone, one after the other, before the clients start.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { completeSampling, type GenerateRequest, type RemoteEngine, superviseModel } from "@llamero/core";
import { startServer } from "@llamero/stack";
import { expected, fakeProcesses, fakeRemoteEngine } from "../packages/core/src/worker/fake-requests.ts";
import { machineLine } from "./paired.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "boolean", default: false },
    kill: { type: "string", default: "60" },
    clients: { type: "string", default: "32" },
  },
});
const minutes = Number(positionals[0] ?? 10);
const killMs = 1000 * Number(values.kill);
const numClients = Number(values.clients);
const abortShare = 0.2;

/** What the clients talk to. */
interface Target extends AsyncDisposable {
  name: string;
  engine: RemoteEngine;
  /** An answer in full, or as far as it was when it was aborted after some pieces. */
  ask(question: Question, abortAfter: number): Promise<"same" | "other" | "aborted">;
  question(): Promise<Question>;
}

interface Question {
  serial: number;
  /** Pieces of the answer. */
  length: number;
}

const integer = (min: number, max: number): number => min + Math.floor(Math.random() * (max - min + 1));

interface ScriptedQuestion extends Question {
  request: GenerateRequest;
  answer: readonly number[];
}

function scripted(): Target {
  const engine = fakeRemoteEngine(fakeProcesses, { stepMs: 1, maxBatch: 16 });
  let serial = 0;
  return {
    name: "scripted model",
    engine,
    async question(): Promise<ScriptedQuestion> {
      const number = serial++;
      const marker = [0, 1, 2, 3].map((digit) => Math.floor(number / 60 ** digit) % 60);
      const promptIds = [...marker, ...Array.from({ length: integer(0, 90) }, () => integer(0, 59))];
      const sampling = {
        temperature: integer(0, 1),
        seed: number,
        frequencyPenalty: 0.4,
        repetitionPenalty: 1.1,
      };
      const length = integer(4, 120);
      const request: GenerateRequest = {
        promptIds,
        maxTokens: length,
        sampling: completeSampling(sampling),
        stopIds: [],
        topLogprobs: 0,
      };
      const [events] = await expected([request]);
      const answer = events!.flatMap((event) => (event.type === "token" ? [event.token] : []));
      return { serial: number, length, request, answer };
    },
    async ask(question, abortAfter) {
      const { request, answer } = question as ScriptedQuestion;
      const controller = new AbortController();
      const got: number[] = [];
      let isWhole = false;
      try {
        for await (const event of engine.generate({ ...request, signal: controller.signal })) {
          if (event.type === "token") got.push(event.token);
          else isWhole = true;
          if (got.length >= abortAfter) controller.abort();
        }
      } catch (error) {
        if (!controller.signal.aborted) throw error;
      }
      const isSame =
        got.every((token, i) => token === answer[i]) && (!isWhole || got.length === answer.length);
      return !isSame ? "other" : isWhole ? "same" : "aborted";
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

const words = ["river", "stone", "cloud", "lamp", "bread", "horse", "train", "glass", "apple", "wolf"];
/** Few and short: deterministic mode is slow, and all are answered once alone. */
const numQuestions = 12;

async function overHttp(): Promise<Target> {
  const folder = process.env["LLAMERO_MODELS"];
  if (folder === undefined)
    throw new TypeError("LLAMERO_MODELS must name a folder with SmolLM2-135M-Instruct.Q4_1.gguf");
  const path = join(folder, "SmolLM2-135M-Instruct.Q4_1.gguf");
  const model = superviseModel(path, { mode: "deterministic", context: 1024, maxBatch: 16 });
  const server = await startServer({ models: [{ name: "smol", model }], host: "127.0.0.1", port: 0 });
  const bodies = Array.from({ length: numQuestions }, (_, serial) => {
    const text = Array.from({ length: integer(1, 30) }, () => words[integer(0, words.length - 1)]).join(" ");
    return {
      model: "smol",
      stream: true,
      seed: serial,
      temperature: 1,
      max_tokens: integer(4, 32),
      messages: [{ role: "user", content: `Number ${serial * 7919}. Write about: ${text}` }],
    };
  });

  async function ask(serial: number, abortAfter: number): Promise<{ text: string; isWhole: boolean }> {
    const controller = new AbortController();
    let text = "";
    let numPieces = 0;
    try {
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(bodies[serial]),
        signal: controller.signal,
      });
      if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
      let rest = "";
      for await (const bytes of response.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + bytes).split("\n");
        rest = lines.pop()!;
        for (const line of lines.filter((each) => each.startsWith("data: {"))) {
          const chunk = JSON.parse(line.slice(6));
          if (chunk.error !== undefined) throw new Error(chunk.error.message);
          text += chunk.choices[0]?.delta.content ?? "";
          numPieces++;
          if (chunk.choices[0]?.finish_reason) return { text, isWhole: true };
        }
        if (numPieces >= abortAfter) controller.abort();
      }
      throw new Error("The stream ended without a finish");
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      return { text, isWhole: false };
    }
  }

  const answers: string[] = [];
  for (let serial = 0; serial < numQuestions; serial++) {
    answers.push((await ask(serial, Number.POSITIVE_INFINITY)).text);
  }
  return {
    name: "SmolLM2, deterministic, over HTTP",
    engine: model.engine,
    async question() {
      const serial = integer(0, numQuestions - 1);
      return { serial, length: bodies[serial]!.max_tokens };
    },
    async ask({ serial }, abortAfter) {
      const { text, isWhole } = await ask(serial, abortAfter);
      const isSame = isWhole ? text === answers[serial] : answers[serial]!.startsWith(text);
      return !isSame ? "other" : isWhole ? "same" : "aborted";
    },
    async [Symbol.asyncDispose]() {
      await server.close({ graceMs: 0 });
      await model[Symbol.asyncDispose]();
    },
  };
}

const megabytes = (bytes: number): number => bytes / 2 ** 20;

/** Resident bytes of a process; null when it is gone. */
function residentOf(pid: number): number | null {
  try {
    return (
      1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN)
    );
  } catch {
    return null;
  }
}

const medianOf = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

console.log(machineLine());
const target = values.model ? await overHttp() : scripted();
await target.engine.supervisor.ready();
const counts = { same: 0, other: 0, aborted: 0, lost: 0 };
const errors: string[] = [];
const endAt = performance.now() + minutes * 60_000;
const isOver = (): boolean => performance.now() >= endAt;

async function client(): Promise<void> {
  while (!isOver()) {
    const question = await target.question();
    const abortAfter =
      Math.random() < abortShare ? integer(0, question.length - 1) : Number.POSITIVE_INFINITY;
    try {
      counts[await target.ask(question, abortAfter)]++;
    } catch (error) {
      counts.lost++;
      errors.push(error instanceof Error ? error.message : String(error));
    }
  }
}

let numKills = 0;
async function killer(): Promise<void> {
  while (performance.now() + killMs < endAt) {
    await sleep(killMs);
    const { pid, state } = target.engine.supervisor.status();
    if (pid === null || state !== "ready") continue;
    process.kill(pid, "SIGKILL");
    numKills++;
  }
}

const heap: number[] = [];
const parent: number[] = [];
/** By worker. */
const workers = new Map<number, number[]>();
async function watcher(): Promise<void> {
  while (!isOver()) {
    await sleep(1000);
    heap.push(process.memoryUsage().heapUsed);
    parent.push(process.memoryUsage().rss);
    const { pid } = target.engine.supervisor.status();
    const resident = pid === null ? null : residentOf(pid);
    if (resident !== null) workers.set(pid!, [...(workers.get(pid!) ?? []), resident]);
  }
}

await Promise.all([...Array.from({ length: numClients }, client), killer(), watcher()]);
const { numRestarts } = target.engine.supervisor.status();
// The figures come with the worker's messages; the last abort may still be on its way.
for (let i = 0; i < 100 && target.engine.stats().numRunning > 0; i++) await sleep(50);
const { numRunning, numWaiting, kvBlocksUsed } = target.engine.stats();
await target[Symbol.asyncDispose]();

/** Growth from the second quarter to the last. */
function growth(list: readonly number[]): string {
  const quarter = Math.floor(list.length / 4);
  const [early, late] = [medianOf(list.slice(quarter, 2 * quarter)), medianOf(list.slice(3 * quarter))];
  return `${megabytes(early).toFixed(0)} to ${megabytes(late).toFixed(0)} MB (${((late / early - 1) * 100).toFixed(1)} %)`;
}

console.log(`${target.name}: ${minutes} min, ${numClients} clients, a kill every ${killMs / 1000} s`);
console.log(`answers whole and right ${counts.same}, aborted on purpose ${counts.aborted} and right so far`);
console.log(
  `answers lost ${counts.lost}, mixed up or wrong ${counts.other}; kills ${numKills}, restarts ${numRestarts}`,
);
console.log(`after the end: running ${numRunning}, waiting ${numWaiting}, KV blocks used ${kvBlocksUsed}`);
console.log(`memory of the parent, second quarter to last: resident ${growth(parent)}, heap ${growth(heap)}`);
for (const [pid, list] of workers)
  if (list.length >= 8) console.log(`worker ${pid}: ${list.length} s, resident ${growth(list)}`);
for (const error of new Set(errors)) console.log(`error: ${error}`);
process.exitCode = counts.lost + counts.other > 0 ? 1 : 0;
