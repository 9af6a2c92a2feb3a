import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { modelFlags, samplingFlags, switchFlag, textFlag } from "../flags.ts";
import { adapterFlag } from "../model/adapters.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { defaultModel, shippedModel } from "../model/shipped-model.ts";
import { speculateFlag } from "../model/speculate.ts";
import { colorsFor } from "../terminal/colors.ts";
import { readStdin } from "../terminal/stdin.ts";

const exampleQuestion = "In one sentence: why do llamas live in the mountains?";
/** The model that ships is too small to know that. */
const shippedQuestion = "Hello! Who are you?";

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details: `Without a terminal, the whole of standard input is one question; without any input, a short example is shown. In the
chat: Ctrl-C stops the answer, a second one quits; /help lists the commands.`,
  flags: {
    ...modelFlags,
    ...samplingFlags,
    lora: adapterFlag,
    speculate: speculateFlag,
    system: textFlag("-s, --system <text>", "system prompt"),
    web: { ...switchFlag("--no-web", "no web page beside the chat on a terminal"), fallback: true },
  },
  examples: ["llamero chat", 'llamero chat Llama-3.2-1B --system "Answer in one sentence." --temp 0.2'],
  async run([name], values) {
    const question = process.stdin.isTTY ? null : (await readStdin()).trim();
    const stored = name === undefined ? await defaultModel() : await resolveModel(name);
    if (stored === null) {
      process.stderr.write(howToGetAModel());
      // A question that stays unanswered is a fault; saying how to begin is not.
      return question ? 1 : 0;
    }
    const { answerOnce, chatOnTerminal } = await import("../chat/session.ts");
    if (question === null) return chatOnTerminal(stored, values);
    if (question !== "") return answerOnce(stored, values, question);
    const example = { ...values, maxTokens: values.maxTokens ?? 64, temperature: 0 };
    const isShipped = stored.path === shippedModel()?.path;
    return answerOnce(stored, example, isShipped ? shippedQuestion : exampleQuestion, { echo: true });
  },
});

/** Two lines for an empty store. */
function howToGetAModel(): string {
  const { bold } = colorsFor(process.stderr);
  const pull = bold("llamero pull hf:bartowski/Llama-3.2-1B-Instruct-GGUF");
  return `There is no model on this machine yet. Get one, for instance of 0.8 GB:\n  ${pull}, then run llamero again\n`;
}
