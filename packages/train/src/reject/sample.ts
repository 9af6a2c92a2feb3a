import type { ToolCall } from "@llamero/core";
import { type AppendLog, digestOf, type Generator } from "@llamero/eval";
import type { SamplePrompt } from "./prompts.ts";

/** An answer to a prompt; a line of the log of samples. */
export interface Sample {
  prompt: number;
  sample: number;
  text: string;
  toolCalls: readonly ToolCall[];
  /** Whether it reached the limit of tokens: such an answer is never kept. */
  isCut: boolean;
  /** Why there is no answer, such as a prompt beyond the context. */
  error: string | null;
}

/** How prompts are answered. */
export interface Sampling {
  temperature: number;
  topP: number;
  maxTokens: number;
}

/** Whether a line is a sample of this version. */
export function isSample(value: unknown): value is Sample {
  if (typeof value !== "object" || value === null) return false;
  const { prompt, sample, text, isCut } = value as Record<string, unknown>;
  return (
    Number.isInteger(prompt) &&
    Number.isInteger(sample) &&
    typeof text === "string" &&
    typeof isCut === "boolean"
  );
}

/** So many failures in a row, and the model is not there. */
const maxFailures = 16;

/**
 * Answers each prompt `count` times; what the log holds is not asked again. Every answer has a seed of its own, so that
 * the same run gives the same ones however many are under way. In the order of prompts and samples.
 */
export async function samplePrompts(
  prompts: readonly SamplePrompt[],
  options: {
    generator: Generator;
    count: number;
    sampling: Sampling;
    seed: number;
    log: AppendLog<Sample>;
    signal?: AbortSignal | undefined;
    onProgress?: ((done: number, total: number) => void) | undefined;
  },
): Promise<Sample[]> {
  const { generator, count, sampling, seed, log, signal, onProgress } = options;
  const total = prompts.length * count;
  const found = new Array<Sample | undefined>(total);
  let done = 0;
  for (const entry of log.entries) {
    const place = entry.prompt * count + entry.sample;
    if (entry.sample >= count || place >= total || found[place] !== undefined) continue;
    found[place] = entry;
    done++;
  }
  onProgress?.(done, total);
  let next = 0;
  let failures = 0;
  let fault: unknown = null;
  const work = async (): Promise<void> => {
    while (fault === null && next < total) {
      const place = next++;
      if (found[place] !== undefined) continue;
      try {
        signal?.throwIfAborted();
        const entry = await sampleOne(place);
        found[place] = entry;
        log.append(entry);
        failures = entry.error === null ? 0 : failures + 1;
        if (failures >= maxFailures)
          throw new RangeError(`${failures} answers in a row failed, the last with: ${entry.error}`);
        onProgress?.(++done, total);
      } catch (error) {
        fault ??= error;
      }
    }
  };
  const sampleOne = async (place: number): Promise<Sample> => {
    const prompt = Math.floor(place / count);
    const sample = place % count;
    const { messages, tools } = prompts[prompt]!;
    try {
      const { text, toolCalls, reason } = await generator.generate({
        prompt: { kind: "chat", messages, ...(tools.length > 0 && { tools }) },
        ...sampling,
        seed: Number.parseInt(digestOf([seed, prompt, sample]).slice(0, 8), 16) >>> 1,
        stop: [],
        ...(signal && { signal }),
      });
      return { prompt, sample, text: text.trim(), toolCalls, isCut: reason === "length", error: null };
    } catch (error) {
      if (!(error instanceof Error && error.name === "ContextOverflowError")) throw error;
      return { prompt, sample, text: "", toolCalls: [], isCut: false, error: error.message };
    }
  };
  await Promise.all(Array.from({ length: Math.min(total, 2 * generator.concurrency) }, work));
  await log.flush();
  if (fault !== null) throw fault;
  return found.map((each) => each!);
}
