import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Message } from "@llamero/core";
import type { ChatData, Conversation, PreferencePair } from "../chat-data/conversation.ts";
import { readConversations, readPairs } from "../chat-data/read-chat-data.ts";
import {
  type RenderedExample,
  type RenderLimits,
  renderConversations,
} from "../chat-data/render-examples.ts";
import { type RenderedPair, renderPairs } from "../chat-data/render-pairs.ts";
import { shuffledOrder } from "../sft/plan-steps.ts";
import type { TuneRecipe } from "./recipe.ts";
import type { TuneModel } from "./tune-model.ts";

/** Data of a run, rendered. */
export interface Prepared<T> {
  train: readonly T[];
  validation: readonly T[];
  /** What was left out or is worth knowing. */
  notes: readonly string[];
  /** SHA-256 of the files. */
  digest: string;
  /** The beginnings of a few conversations, up to what the assistant is to say. */
  questions: readonly (readonly Message[])[];
}

/** Reads and renders conversations for a model. */
export async function prepareConversations(
  recipe: TuneRecipe,
  model: TuneModel,
): Promise<Prepared<RenderedExample>> {
  const prepared = await prepare(recipe, model, readConversations, (records, limits) =>
    renderConversations(model.format, records, limits),
  );
  const { promptWeight } = recipe;
  if (promptWeight === 0) return prepared;
  return { ...prepared, train: prepared.train.map((example) => weighPrompt(example, promptWeight)) };
}

/** The example with a loss on its prompts too; a small model learns to read by predicting what it reads. */
function weighPrompt(example: RenderedExample, promptWeight: number): RenderedExample {
  return {
    ...example,
    weights: example.weights.map((weight, at) => (at > 0 && weight === 0 ? promptWeight : weight)),
  };
}

/** Reads and renders preference pairs for a model. */
export async function preparePairs(recipe: TuneRecipe, model: TuneModel): Promise<Prepared<RenderedPair>> {
  return await prepare(recipe, model, readPairs, (records, limits) =>
    renderPairs(model.format, records, limits),
  );
}

async function prepare<Raw extends Conversation | PreferencePair, T>(
  recipe: TuneRecipe,
  model: TuneModel,
  read: (paths: readonly string[]) => Promise<ChatData<Raw>>,
  render: (
    records: readonly Raw[],
    limits: RenderLimits,
  ) => { examples: readonly T[]; notes: readonly string[] },
): Promise<Prepared<T>> {
  const { data, validation, batch, truncate, seed } = recipe;
  const longest = model.checkpoint.config.maxPositionEmbeddings;
  if (batch.length !== null && batch.length > longest)
    throw new RangeError(`batch.length is ${batch.length}, and the model takes ${longest} tokens`);
  const limits = { maxTokens: batch.length ?? Math.min(1024, longest), truncate };
  const own = await read(data.map(({ file }) => file));
  const heldOut = validation.files.length > 0 ? await read(validation.files) : null;
  const notes = [...own.notes, ...(heldOut?.notes ?? [])];
  let train = own.records;
  let held = heldOut?.records ?? [];
  if (heldOut === null && validation.share > 0) {
    const count = Math.min(validation.most, Math.round(validation.share * own.records.length));
    const order = shuffledOrder(own.records.length, seed, -2);
    const chosen = new Set(order.subarray(0, count));
    train = own.records.filter((_, index) => !chosen.has(index));
    held = own.records.filter((_, index) => chosen.has(index));
    if (train.length === 0) throw new RangeError("Validation takes every record; lower validation.share");
    if (count === 0) notes.push(`${own.records.length} records are too few to hold some out: no validation`);
  }
  const rendered = render(repeatRecords(train, data, seed), limits);
  const renderedHeld = held.length === 0 ? { examples: [], notes: [] } : render(held, limits);
  return {
    train: rendered.examples,
    validation: renderedHeld.examples,
    notes: [...new Set([...notes, ...rendered.notes, ...renderedHeld.notes])],
    digest: digestOf([...data.map(({ file }) => file), ...validation.files]),
    questions: (held.length > 0 ? held : train).slice(0, 3).map(questionOf),
  };
}

/** Each record as often as its file says; of a share below one, the seed draws which. */
function repeatRecords<Raw extends Conversation | PreferencePair>(
  records: readonly Raw[],
  data: TuneRecipe["data"],
  seed: number,
): readonly Raw[] {
  if (data.every(({ repeat }) => repeat === 1)) return records;
  return data.flatMap(({ file, repeat }, fileIndex) => {
    const own = records.filter(({ source }) => source.slice(0, source.lastIndexOf(":")) === file);
    const whole = Math.floor(repeat);
    const order = shuffledOrder(own.length, seed, -3 - fileIndex);
    const more = order.subarray(0, Math.round((repeat - whole) * own.length));
    return [...Array.from({ length: whole }, () => own).flat(), ...Array.from(more, (index) => own[index]!)];
  });
}

function digestOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(createHash("sha256").update(readFileSync(path)).digest());
  return hash.digest("hex");
}

/** The messages before the first that is trained. */
function questionOf(record: Conversation | PreferencePair): readonly Message[] {
  if ("prompt" in record) return record.prompt;
  const first = record.messages.findIndex(
    ({ role, trainable }) => role === "assistant" && trainable !== false,
  );
  return record.messages.slice(0, first);
}
