import { newestModel } from "@llamero/core/hub/store";
import { modelFlags, samplingFlags } from "../flags.ts";
import { readStdin } from "../terminal/stdin.ts";
import { howToGetAModel } from "./chat.ts";

const exampleQuestion = "In one sentence: why do llamas live in the mountains?";

/** `llamero` alone: a chat on a terminal, an answer to what is piped in, else a short example. */
export async function start(): Promise<number> {
  const question = process.stdin.isTTY ? null : (await readStdin()).trim();
  const stored = await newestModel();
  if (stored === null) {
    process.stderr.write(howToGetAModel());
    // A question that stays unanswered is a fault; saying how to begin is not.
    return question ? 1 : 0;
  }
  const { answerOnce, chatOnTerminal } = await import("../chat/session.ts");
  const values = { ...fallbacks(modelFlags), ...fallbacks(samplingFlags), system: null };
  if (question === null) return chatOnTerminal(stored, values);
  if (question !== "") return answerOnce(stored, values, question);
  process.stdout.write(`>>> ${exampleQuestion}\n`);
  return answerOnce(stored, { ...values, maxTokens: 64, temperature: 0 }, exampleQuestion);
}

function fallbacks<F extends Readonly<Record<string, { fallback: unknown }>>>(
  flags: F,
): { [K in keyof F]: F[K]["fallback"] } {
  const values: Partial<Record<keyof F, unknown>> = {};
  for (const key of Object.keys(flags) as (keyof F)[]) values[key] = flags[key]!.fallback;
  return values as { [K in keyof F]: F[K]["fallback"] };
}
