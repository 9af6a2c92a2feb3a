import { createHash } from "node:crypto";
import { join } from "node:path";
import { loadModel, type TextModel } from "@llamero/core";
import { AppendLog } from "@llamero/eval";
import type { Backend } from "@llamero/kernels";
import { writeAtomic } from "../data/output/atomic-file.ts";
import type { TuneModel } from "../tune/tune-model.ts";
import type { TeacherPrompt } from "./read-prompts.ts";

/** How the teacher answers. */
export interface AnswerSettings {
  maxTokens: number;
  /** 0 takes the likeliest token each time. */
  temperature: number;
  topP: number;
  seed: number;
}

export interface AskOptions extends AnswerSettings {
  /** Answers made at once. */
  concurrency: number;
  threads?: number;
  backend?: Backend;
  signal?: AbortSignal | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What the teacher's answers came to. */
export interface TeacherAnswers {
  /** Conversations to learn from, as JSONL. */
  path: string;
  answers: number;
  /** Answers that the token limit cut, and empty ones: they would teach to stop in the middle, so they are left out. */
  cut: number;
  empty: number;
}

interface Entry {
  key: string;
  text: string;
  isWhole: boolean;
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && "key" in value && "text" in value && "isWhole" in value;

/**
 * Asks the teacher every prompt, many at once, and writes `answers.jsonl` in the folder. What was answered before by
 * the same teacher with the same settings is taken from `answers.log`, which is added to answer by answer.
 */
export async function askTeacherAll(
  folder: string,
  teacher: Pick<TuneModel, "checkpoint" | "digest">,
  prompts: readonly TeacherPrompt[],
  options: AskOptions,
): Promise<TeacherAnswers> {
  const { concurrency, threads, backend, signal } = options;
  await using log = await AppendLog.open<Entry>(join(folder, "answers.log"), isEntry);
  const known = new Map(log.entries.map((entry) => [entry.key, entry]));
  const keys = prompts.map(({ messages }) => keyOf(teacher.digest, messages, options));
  const missing = prompts.map((_, index) => index).filter((index) => !known.has(keys[index]!));
  options.onProgress?.(prompts.length - missing.length, prompts.length);
  if (missing.length > 0) {
    await using model = await loadModel(teacher.checkpoint, {
      maxBatch: concurrency,
      context: Math.min(teacher.checkpoint.config.maxPositionEmbeddings, 4096),
      ...(backend !== undefined && { backend }),
      ...(threads !== undefined && { threads }),
      ...(signal !== undefined && { signal }),
    });
    let next = 0;
    let done = prompts.length - missing.length;
    const work = async (): Promise<void> => {
      while (next < missing.length) {
        const index = missing[next++]!;
        const entry = { key: keys[index]!, ...(await answer(model, prompts[index]!, index, options)) };
        log.append(entry);
        known.set(entry.key, entry);
        options.onProgress?.(++done, prompts.length);
      }
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, missing.length) }, work));
  }
  await log.flush();
  return writeAnswers(
    join(folder, "answers.jsonl"),
    prompts,
    keys.map((key) => known.get(key)!),
  );
}

async function answer(
  model: Pick<TextModel, "chat">,
  { messages, source }: TeacherPrompt,
  index: number,
  { maxTokens, temperature, topP, seed, signal }: AskOptions,
): Promise<Pick<Entry, "text" | "isWhole">> {
  const parts = model.chat(messages, {
    maxTokens,
    sampling: { temperature, topP, seed: seed + index },
    ...(signal !== undefined && { signal }),
  });
  for await (const part of parts)
    if (part.type === "finish") return { text: part.text.trim(), isWhole: part.reason === "stop" };
  throw new RangeError(`${source}: the teacher's answer did not end`);
}

function keyOf(
  digest: string,
  messages: TeacherPrompt["messages"],
  { maxTokens, temperature, topP, seed }: AnswerSettings,
): string {
  const what = [digest, messages, maxTokens, temperature, topP, seed];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}

function writeAnswers(
  path: string,
  prompts: readonly TeacherPrompt[],
  entries: readonly Entry[],
): TeacherAnswers {
  const lines: string[] = [];
  let [cut, empty] = [0, 0];
  for (const [index, { text, isWhole }] of entries.entries()) {
    if (!isWhole) cut++;
    else if (text === "") empty++;
    else {
      const messages = [...prompts[index]!.messages, { role: "assistant", content: text }];
      lines.push(`${JSON.stringify({ messages })}\n`);
    }
  }
  if (lines.length === 0)
    throw new RangeError(
      `None of ${entries.length} answers can be learned from: ${cut} were cut by the limit of tokens, ${empty} are empty; raise answers.maxTokens`,
    );
  writeAtomic(path, lines.join(""));
  return { path, answers: lines.length, cut, empty };
}
