import { newestModel, type StoredModel } from "@llamero/core/hub/store";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { modelFlags, samplingFlags, textFlag } from "../flags.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { colorsFor } from "../terminal/colors.ts";
import { readStdin } from "../terminal/stdin.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details: `Without a terminal, the whole of standard input is one question. In the chat: Ctrl-C stops the answer, a second one
quits; /help lists the commands.`,
  flags: { ...modelFlags, ...samplingFlags, system: textFlag("-s, --system <text>", "system prompt") },
  examples: ["llamero chat", 'llamero chat Llama-3.2-1B --system "Answer in one sentence." --temp 0.2'],
  async run([name], values) {
    const stored = name === undefined ? await newestModel() : await resolveModel(name);
    if (stored === null) {
      process.stderr.write(howToGetAModel());
      return 2;
    }
    const { answerOnce, chatOnTerminal } = await import("../chat/session.ts");
    if (process.stdin.isTTY) return chatOnTerminal(stored, values);
    return answerOnce(stored, values, await readStdin());
  },
});

/** Two lines for an empty store. */
export function howToGetAModel(): string {
  const { bold } = colorsFor(process.stderr);
  return `There is no model on this machine yet. Get one, for instance of 0.8 GB:
  ${bold("llamero pull hf:bartowski/Llama-3.2-1B-Instruct-GGUF")}, then run llamero again\n`;
}

export type { StoredModel };
