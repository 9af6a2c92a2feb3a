import { request } from "@llamero/core/net/request";

/** A server that speaks the OpenAI chat completions protocol. */
export interface Target {
  /** Up to and including `/v1`. */
  url: string;
  model: string;
  apiKey: string | null;
}

/** How requests arrive: at random moments with a fixed mean rate, whatever became of those before. */
export interface LoadPlan {
  requestsPerSecond: number;
  numRequests: number;
  promptTokens: number;
  maxTokens: number;
  seed: number;
}

/** What became of one request. Times count from the moment at which it was due, so a slow client hides nothing. */
export interface RequestSample {
  dueMs: number;
  timeToFirstTokenMs: number | null;
  interTokenMs: number[];
  totalMs: number;
  promptTokens: number | null;
  completionTokens: number | null;
  /** Null when it was answered in full. */
  error: string | null;
}

/** Words of one token each in the vocabularies of Llama and SmolLM. */
const words =
  "time people water work place house hand light paper group story night book money music city family point".split(
    " ",
  );

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Moments, in milliseconds, at which requests are due: a Poisson process, which begins at once. */
export function arrivalTimes(plan: LoadPlan): number[] {
  const random = seededRandom(plan.seed);
  let at = 0;
  return Array.from({ length: plan.numRequests }, (_, index) => {
    if (index > 0) at += (-Math.log(1 - random()) * 1000) / plan.requestsPerSecond;
    return at;
  });
}

/** Names the first model of a server. */
export async function firstModel(target: Omit<Target, "model">, signal: AbortSignal): Promise<string> {
  const response = await request(`${target.url}/models`, {
    purpose: "bench",
    access: "any",
    headers: authorization(target.apiKey),
    signal,
  });
  const body = (await response.json()) as { data?: { id: string }[] };
  const id = body.data?.[0]?.id;
  if (id === undefined) throw new Error(`${target.url} serves no model; name one before --url`);
  return id;
}

/** What a server of ours computes with. */
export interface ServerHealth {
  backend: string | null;
  threads: number | null;
  mode: string | null;
}

/** Asks a server what it computes with; null when it does not say. */
export async function askHealth(
  target: Omit<Target, "model">,
  signal: AbortSignal,
): Promise<ServerHealth | null> {
  const response = await request(`${target.url}/health`, {
    purpose: "bench",
    access: "any",
    headers: authorization(target.apiKey),
    signal,
  });
  const text = await response.text();
  if (response.status !== 200 || !text.startsWith("{")) return null;
  const { models } = JSON.parse(text) as { models?: ServerHealth[] };
  return models?.[0] ?? null;
}

/** Sends every request at its moment; `onSample` gets each as it ends. Rejects when the signal fires. */
export async function runLoad(
  target: Target,
  plan: LoadPlan,
  options: { signal: AbortSignal; onSample: (sample: RequestSample) => void },
): Promise<void> {
  const { signal, onSample } = options;
  const random = seededRandom(plan.seed + 1);
  const started = performance.now();
  const running = new Set<Promise<void>>();
  for (const dueMs of arrivalTimes(plan)) {
    const prompt = Array.from(
      { length: plan.promptTokens },
      () => words[Math.floor(random() * words.length)]!,
    ).join(" ");
    await sleep(started + dueMs - performance.now(), signal);
    const one = sendOne(target, { prompt, plan, dueMs, started, signal }).then((sample) => {
      running.delete(one);
      if (sample !== null) onSample(sample);
    });
    running.add(one);
  }
  await Promise.all(running);
  signal.throwIfAborted();
}

interface OneRequest {
  prompt: string;
  plan: LoadPlan;
  dueMs: number;
  started: number;
  signal: AbortSignal;
}

/** Null when the whole run was stopped meanwhile. */
async function sendOne(
  target: Target,
  { prompt, plan, dueMs, started, signal }: OneRequest,
): Promise<RequestSample | null> {
  const due = started + dueMs;
  const sample: RequestSample = {
    dueMs,
    timeToFirstTokenMs: null,
    interTokenMs: [],
    totalMs: 0,
    promptTokens: null,
    completionTokens: null,
    error: null,
  };
  try {
    const response = await request(`${target.url}/chat/completions`, {
      purpose: "bench",
      access: "any",
      method: "POST",
      headers: { "content-type": "application/json", ...authorization(target.apiKey) },
      body: JSON.stringify({
        model: target.model,
        messages: [{ role: "user", content: `Write a long story with these words: ${prompt}` }],
        max_tokens: plan.maxTokens,
        temperature: 0,
        stream: true,
        stream_options: { include_usage: true },
      }),
      headersTimeoutMs: 600_000,
      signal,
    });
    if (response.status === 200) await readStream(response, due, sample);
    else sample.error = `HTTP ${response.status}${messageOf(await response.text())}`;
  } catch (error) {
    if (signal.aborted) return null;
    sample.error = error instanceof Error ? error.message : String(error);
  }
  sample.totalMs = performance.now() - due;
  return sample;
}

/** The part of a chunk that is looked at. */
interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
  error?: { message?: string };
}

async function readStream(response: Response, due: number, sample: RequestSample): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  let last: number | null = null;
  let isFinished = false;
  for await (const bytes of response.body!) {
    rest += decoder.decode(bytes as Uint8Array, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith("data:") || line.includes("[DONE]")) continue;
      const chunk = JSON.parse(line.slice(5)) as Chunk;
      if (chunk.error !== undefined) sample.error = chunk.error.message ?? "Error in the stream";
      if (chunk.usage != null) {
        sample.promptTokens = chunk.usage.prompt_tokens;
        sample.completionTokens = chunk.usage.completion_tokens;
      }
      const choice = chunk.choices?.[0];
      if (choice?.finish_reason != null) isFinished = true;
      if ((choice?.delta?.content ?? "") === "") continue;
      const now = performance.now();
      if (last === null) sample.timeToFirstTokenMs = now - due;
      else sample.interTokenMs.push(now - last);
      last = now;
    }
  }
  if (!isFinished) sample.error ??= "The stream ended early";
}

/** What an OpenAI error body says. */
function messageOf(text: string): string {
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return message === undefined ? "" : `: ${message}`;
}

function authorization(apiKey: string | null): Record<string, string> {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}
