import type { LoadedModel, Message } from "@llamero/core";
import type { StoredModel } from "@llamero/core/hub/store";
import { exitCodes, isOverflow, reportError, UsageError } from "../errors.ts";
import { measureReadBandwidth } from "../machine/read-bandwidth.ts";
import type { AdapterValues } from "../model/adapters.ts";
import {
  loadStored,
  type ModelValues,
  reportDegradations,
  type SamplingValues,
  toGenerateOptions,
} from "../model/open-model.ts";
import { describeRun, type SpeedLimit, speedLimit } from "../model/run-stats.ts";
import type { FinishPart } from "../model/stream-answer.ts";
import { colorsFor } from "../terminal/colors.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { writeModelText } from "../terminal/safe-text.ts";
import { runChatCommand } from "./chat-commands.ts";
import { LineReader } from "./line-reader.ts";
import { startWebPage } from "./web-page.ts";

export type ChatValues = ModelValues & SamplingValues & AdapterValues & { system: string | null };

/** The state of a chat, which the slash commands change. */
export interface ChatState {
  messages: Message[];
  sampling: SamplingValues & AdapterValues;
}

/** Chats on a terminal until the user leaves. Returns the exit code. */
export async function chatOnTerminal(
  stored: StoredModel,
  values: ChatValues & { web: boolean },
): Promise<number> {
  await using model = await loadStored(stored, values);
  const dim = colorsFor(process.stderr).dim;
  // Ends while the user types.
  const measuring = measureLimit(model, values).catch((error: unknown) => {
    process.stderr.write(`Note: the read bandwidth could not be measured: ${String(error)}\n`);
    return null;
  });
  process.stderr.write(
    `${dim(`${stored.name}, context ${model.contextLimit.toLocaleString("en-US")} · /help for commands`)}\n`,
  );
  await using _page = values.web ? await startWebPage(stored.name, model) : null;
  const state: ChatState = { messages: startMessages(values.system), sampling: values };
  using reader = new LineReader();
  for (;;) {
    const input = await reader.next();
    if (input === null) return exitCodes.ok;
    if (input.trim() === "") continue;
    if (input.startsWith("/")) {
      if (runCommand(input, state) === "quit") return exitCodes.ok;
      continue;
    }
    const limit = await measuring;
    await answer(model, state, input, reader, (finish) => {
      reportDegradations(finish.degraded);
      process.stderr.write(`${dim(describeRun(finish, limit))}\n`);
    });
  }
}

function runCommand(input: string, state: ChatState): "quit" | "stay" {
  try {
    return runChatCommand(input, state);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    reportError(error);
    return "stay";
  }
}

/** One turn: streams the answer and keeps it, complete or stopped, in the history. */
async function answer(
  model: LoadedModel,
  state: ChatState,
  input: string,
  reader: LineReader,
  onFinish: (finish: FinishPart) => void,
): Promise<void> {
  const controller = new AbortController();
  using _ = reader.onInterrupt(() => controller.abort());
  state.messages.push({ role: "user", content: input });
  let text = "";
  try {
    const options = { ...toGenerateOptions(state.sampling), signal: controller.signal };
    for await (const part of model.chat(state.messages, options)) {
      if (part.type === "text-delta") {
        text += part.text;
        writeModelText(part.text);
      } else if (part.type === "finish") {
        process.stdout.write("\n");
        onFinish(part);
      }
    }
    state.messages.push({ role: "assistant", content: text });
  } catch (error) {
    if (text !== "") process.stdout.write("\n");
    if (controller.signal.aborted) {
      process.stderr.write(`${colorsFor(process.stderr).dim("(stopped)")}\n`);
      if (text !== "") state.messages.push({ role: "assistant", content: text });
      else state.messages.pop();
      return;
    }
    state.messages.pop();
    reportError(error);
    if (isOverflow(error)) process.stderr.write("The conversation no longer fits; /clear starts a new one\n");
  }
}

/** Answers one question without a terminal, with `echo` below the question. Returns the exit code. */
export async function answerOnce(
  stored: StoredModel,
  values: ChatValues,
  question: string,
  { echo = false }: { echo?: boolean } = {},
): Promise<number> {
  await using model = await loadStored(stored, values);
  if (echo) process.stdout.write(`>>> ${question}\n`);
  const messages: Message[] = [...startMessages(values.system), { role: "user", content: question }];
  for await (const part of model.chat(messages, {
    ...toGenerateOptions(values),
    signal: interruptSignal(),
  })) {
    if (part.type === "text-delta") writeModelText(part.text);
    else if (part.type === "finish") reportDegradations(part.degraded);
  }
  process.stdout.write("\n");
  return exitCodes.ok;
}

function startMessages(system: string | null): Message[] {
  return system === null ? [] : [{ role: "system", content: system }];
}

async function measureLimit({ checkpoint }: LoadedModel, values: ModelValues): Promise<SpeedLimit> {
  const { tensorSizeBytes } = await import("@llamero/core");
  const bandwidth = await measureReadBandwidth({
    sizeBytes: checkpoint.sizeBytes,
    ...(values.threads === null ? {} : { threads: values.threads }),
  });
  return speedLimit(checkpoint, values.kv, bandwidth.bytesPerSecond, tensorSizeBytes);
}
