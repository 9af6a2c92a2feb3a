import { createHash, getRandomValues } from "node:crypto";
import type { Checkpoint, GenerateOptions, Message } from "@llamero/core";
import { tensorPieces } from "@llamero/core/formats/read-tensor";
import type { ReplayResult } from "../api/replay.ts";
import type { ChatJob } from "../convert/chat-request.ts";
import type { FinishPart } from "../convert/chat-response.ts";
import { toJson } from "../routes/stored-objects.ts";
import type { ServableModel } from "../served-models.ts";
import type { Store, StoreWrite } from "../store/store.ts";

/** Everything that one answer was computed from, and its tokens. */
export interface ReplayGeneration {
  messages: Message[];
  options: Omit<GenerateOptions, "signal" | "halt">;
  ids: number[];
}

/** What a stored answer needs to be computed again. */
export interface ReplayRecord {
  /** As requests name it. */
  model: string;
  /** Of its weights; null where the model is not read here. */
  model_digest: string | null;
  backend: string;
  mode: string;
  generations: ReplayGeneration[];
}

/** The job with a seed for each choice: what is drawn by chance could not be drawn again. */
export function withSeeds({ messages, options }: ChatJob): ChatJob {
  return {
    messages,
    options: options.map((each) => ({
      ...each,
      sampling: { ...each.sampling, seed: each.sampling?.seed ?? getRandomValues(new Uint32Array(1))[0]! },
    })),
  };
}

/** What was computed from a job with seeds. */
export function toGeneration(job: ChatJob, index: number, { ids }: FinishPart): ReplayGeneration {
  const { signal: _, halt: __, ...options } = job.options[index] as GenerateOptions;
  return { messages: job.messages, options, ids: [...ids] };
}

const noted = new WeakMap<object, ReplayGeneration[]>();

/** Remembers one of the generations of an answer until the answer is kept. */
export function noteGeneration(answer: object, generation: ReplayGeneration): void {
  noted.set(answer, [...generationsOf(answer), generation]);
}

export const generationsOf = (answer: object): ReplayGeneration[] => noted.get(answer) ?? [];

const digests = new WeakMap<object, string>();
/** Of each tensor: training changes them all over, and reading all of a large model would hold the answer up. */
const digestBytes = 2 ** 15;

/** SHA-256 of the shape and of the beginning of every tensor, of a model that is read here. */
export function weightsDigest(model: ServableModel): string | null {
  const { checkpoint } = model as ServableModel & { checkpoint?: Checkpoint };
  if (checkpoint === undefined) return null;
  const known = digests.get(checkpoint);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(JSON.stringify(checkpoint.config));
  for (const { name, data } of checkpoint.tensors.values()) {
    const [beginning] = tensorPieces(data, digestBytes);
    hash.update(name).update(beginning!);
  }
  const digest = hash.digest("hex");
  digests.set(checkpoint, digest);
  return digest;
}

/** Write that keeps what an answer needs to be repeated. */
export function putReplay(
  id: string,
  owner: string,
  { name, model, generations }: { name: string; model: ServableModel; generations: ReplayGeneration[] },
): StoreWrite {
  const info = model.engine?.info();
  const record: ReplayRecord = {
    model: name,
    model_digest: weightsDigest(model),
    backend: info?.backend ?? "unknown",
    mode: info?.mode ?? "unknown",
    generations,
  };
  return { write: "put", kind: "replay", id, owner, value: toJson(record) };
}

/** Write that forgets it. */
export const deleteReplay = (id: string, owner: string): StoreWrite => ({
  write: "delete",
  kind: "replay",
  id,
  owner,
});

/** What an answer needs to be repeated; null where it was not kept. */
export async function readReplay(store: Store, id: string, owner: string): Promise<ReplayRecord | null> {
  const found = await store.get("replay", id, owner);
  return found === null ? null : (found.value as unknown as ReplayRecord);
}

/** Computes a stored answer again and says where it first differs. */
export async function replayAnswer(
  id: string,
  record: ReplayRecord,
  model: ServableModel,
  signal: AbortSignal,
): Promise<ReplayResult> {
  let first: ReplayResult["first_difference"] = null;
  let numTokens = 0;
  for (const [generation, { messages, options, ids }] of record.generations.entries()) {
    const again = await generate(model, messages, { ...options, signal });
    numTokens += ids.length;
    if (first !== null) continue;
    const length = Math.max(ids.length, again.length);
    for (let token = 0; token < length && first === null; token++)
      if (ids[token] !== again[token])
        first = { generation, token, expected: ids[token] ?? null, got: again[token] ?? null };
  }
  const info = model.engine?.info();
  const now = {
    model_digest: weightsDigest(model),
    backend: info?.backend ?? "unknown",
    mode: info?.mode ?? "unknown",
  };
  const changed = (["model_digest", "backend", "mode"] as const)
    .filter((key) => record[key] !== now[key])
    .map((key) => `${key} was ${record[key]}, is ${now[key]}`);
  return {
    id,
    object: "replay",
    model: record.model,
    identical: first === null,
    num_tokens: numTokens,
    first_difference: first,
    mode: now.mode,
    changed,
  };
}

async function generate(
  model: ServableModel,
  messages: Message[],
  options: GenerateOptions,
): Promise<readonly number[]> {
  for await (const part of model.chat(messages, options)) if (part.type === "finish") return part.ids;
  throw new Error("The model ended without a finish");
}
