import type { GenerateOptions, Message } from "@llamero/core";
import type { StoredModel } from "@llamero/core/hub/store";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, samplingFlags, switchFlag, textFlag } from "../flags.ts";
import { type AdapterValues, adapterFlag } from "../model/adapters.ts";
import { answerFlags, toResponseFormat } from "../model/answer-format.ts";
import { completeIds } from "../model/complete-ids.ts";
import { loadStored, type ModelValues, reportDegradations, toGenerateOptions } from "../model/open-model.ts";
import { checkIds, readIdsFile } from "../model/read-ids.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { describeRun } from "../model/run-stats.ts";
import { speculateFlag } from "../model/speculate.ts";
import { type FinishPart, streamAnswer } from "../model/stream-answer.ts";
import { colorsFor } from "../terminal/colors.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { writeModelText } from "../terminal/safe-text.ts";
import { hasPipedInput, readStdin } from "../terminal/stdin.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<model> [prompt...]",
  details: `The prompt is the words after the model, then whatever a file or pipe on standard input holds. The answer goes to
standard output, everything else to standard error. Ctrl-C stops the answer; a second one quits at once.`,
  flags: {
    ...modelFlags,
    ...samplingFlags,
    ...answerFlags,
    lora: adapterFlag,
    speculate: speculateFlag,
    system: textFlag("-s, --system <text>", "system prompt"),
    raw: switchFlag("--raw", "continue the prompt as it is, without the chat format"),
    chat: switchFlag("--chat", "answer the prompt in the model's chat format (default)"),
    promptIds: {
      flags: "--prompt-ids <file>",
      description: "continue the token ids in this file (- for standard input)",
      env: null,
      parse: (text: string) => text,
      fallback: null as string | null,
    },
    json: jsonFlag,
    stats: switchFlag("--stats", "say how fast it went, on standard error"),
  },
  examples: [
    'llamero run Llama-3.2-1B "Why is the sky blue?"',
    'cat report.md | llamero run Llama-3.2-1B "Summarize this" --temp 0',
    'llamero run Llama-3.2-1B "Is water wet?" --choice yes --choice no',
    "echo -n 'Once upon a time' | llamero run model.gguf --raw -n 32 --json",
  ],
  async run([name, argument], values) {
    if (values.raw && values.chat) throw new UsageError("--raw and --chat exclude each other");
    if (values.promptIds !== null && (values.chat || values.system !== null || argument !== undefined)) {
      throw new UsageError("--prompt-ids is the whole prompt: no prompt, --chat or --system beside it");
    }
    if (values.raw && values.system !== null)
      throw new UsageError("--system needs the chat format; drop --raw");
    const prompt =
      values.promptIds === null ? await readPrompt(argument) : await readIdsFile(values.promptIds);
    if (prompt.length === 0)
      throw new UsageError("The prompt is empty", 'Write: llamero run MODEL "your question"');

    const format = toResponseFormat(values);
    const options = { ...toGenerateOptions(values), ...format, signal: interruptSignal() };
    const stored = await resolveModel(name!);
    const isIdsOnly = typeof prompt !== "string" && (await lacksTokenizer(stored, prompt));
    if (isIdsOnly && format.responseFormat !== undefined)
      throw new UsageError(`${name} holds no tokenizer, which --json-schema, --regex and --choice need`);
    const finish = isIdsOnly
      ? await completeIds(stored.path, prompt, values, options)
      : await answer(stored, prompt, values, options);
    if (values.json) {
      const { text, ids, usage, timings, backend, mode, degraded, reason, dropped } = finish;
      printJson({
        model: stored.name,
        text,
        ids,
        finishReason: reason,
        usage,
        timings,
        backend,
        mode,
        degraded,
        ...(dropped && { dropped }),
      });
    } else {
      if (isIdsOnly) process.stdout.write(`${finish.ids.join(" ")}\n`);
      // A continuation is exact to the byte.
      else if (process.stdout.isTTY || !(values.raw || values.promptIds !== null)) process.stdout.write("\n");
      reportDegradations(finish.degraded);
      if (values.stats) process.stderr.write(`${colorsFor(process.stderr).dim(describeRun(finish, null))}\n`);
    }
  },
});

/** Whether only ids can be continued; refuses ids that the model does not know. */
async function lacksTokenizer({ path }: StoredModel, ids: readonly number[]): Promise<boolean> {
  const { config, tokenizer } = (await import("@llamero/core")).openCheckpoint(path);
  checkIds(ids, config.vocabSize);
  return tokenizer === null;
}

async function answer(
  stored: StoredModel,
  prompt: string | readonly number[],
  values: ModelValues & AdapterValues & { raw: boolean; json: boolean; system: string | null },
  options: GenerateOptions,
): Promise<FinishPart> {
  await using model = await loadStored(stored, values);
  const parts =
    typeof prompt !== "string" || values.raw
      ? model.complete(prompt, options)
      : model.chat(toMessages(prompt, values.system), options);
  try {
    return await streamAnswer(parts, values.json ? null : writeModelText);
  } catch (error) {
    if (process.stdout.isTTY && options.signal?.aborted) process.stdout.write("\n");
    throw error;
  }
}

async function readPrompt(argument: string | undefined): Promise<string> {
  if (argument === undefined) {
    if (process.stdin.isTTY) process.stderr.write("Reading the prompt from the terminal; Ctrl-D ends it\n");
    return readStdin();
  }
  const piped = hasPipedInput() ? await readStdin() : "";
  return piped === "" ? argument : `${argument}\n\n${piped}`;
}

/** A prompt as a conversation; the newline that `echo` adds is not part of the question. */
function toMessages(prompt: string, system: string | null): Message[] {
  const user: Message = { role: "user", content: prompt.replace(/\r?\n$/, "") };
  return system === null ? [user] : [{ role: "system", content: system }, user];
}
