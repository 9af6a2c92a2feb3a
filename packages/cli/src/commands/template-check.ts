import type { ChatFormat, RenderDifference, RenderOptions } from "@llamero/core";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag } from "../flags.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { type TemplateCase, templateCases } from "../model/template-conversations.ts";
import { colorsFor } from "../terminal/colors.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

/** Some templates print the date. */
const now = new Date("2024-07-26T12:00:00Z");

const llamaFormats = ["llama-3.0", "llama-3.1", "llama-3.2", "llama-meta"] as const;

/** How one conversation came out; one that the template refuses is left out of the comparison. */
interface CaseResult {
  name: string;
  same: boolean;
  refused: string | null;
  difference: RenderDifference | null;
}

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `Renders a set of conversations to tokens twice: with the chat format that chat, run and serve use for this model, and as
transformers would with the Jinja template in the file. Exit code 1 when a token differs.`,
  flags: {
    format: choiceFlag(
      "--format <name>",
      "compare this format instead of the one in use",
      llamaFormats,
      null,
    ),
    json: jsonFlag,
  },
  examples: ["llamero template check Llama-3.2-1B", "llamero template check model.gguf --format llama-3.1"],
  async run([name], { format: wanted, json }) {
    const core = await import("@llamero/core");
    const model = await resolveLocal(name!);
    const { chatTemplate, tokenizer: source } = core.openCheckpoint(model.path);
    if (source === null) throw new UsageError(`${model.name} holds no tokenizer to check with`);
    if (chatTemplate === null) throw new UsageError(`${model.name} holds no chat template to compare with`);
    const tokenizer = core.loadTokenizer(source);
    const format: ChatFormat =
      wanted === null
        ? core.chooseChatFormat({ chatTemplate, tokenizer })
        : core.createLlamaFormat(wanted, tokenizer);
    const template = core.createJinjaChat(chatTemplate, tokenizer);

    const check = ({ name: caseName, messages, tools, addGenerationPrompt }: TemplateCase): CaseResult => {
      const options: RenderOptions = { tools, addGenerationPrompt, now };
      let text: string;
      try {
        text = template.renderText(messages, options);
      } catch (error) {
        if (!(error instanceof core.ChatTemplateError)) throw error;
        return { name: caseName, same: true, refused: error.message, difference: null };
      }
      const { ids } = format.render(messages, options);
      const difference = core.compareRenders(ids, tokenizer.encodeTemplate(text), tokenizer);
      return { name: caseName, same: difference === null, refused: null, difference };
    };
    const cases = templateCases.map(check);
    const same = cases.every((each) => each.same);
    if (json) printJson({ model: model.name, format: format.name, cases, same });
    else print(model.name, format.name, cases);
    return same ? 0 : 1;
  },
});

function print(model: string, format: string, cases: readonly CaseResult[]): void {
  const { green, red, dim, bold } = colorsFor(process.stdout);
  const show = (text: string): string => JSON.stringify(safeForTerminal(text));
  const what =
    format === "jinja"
      ? "no built-in format fits, so chats use the template in the file"
      : `format ${bold(format)} against the template in the file`;
  process.stdout.write(`${model}: ${what}\n`);
  for (const { name, refused, difference } of cases) {
    if (refused !== null) process.stdout.write(`${dim("refused")}  ${name}: ${safeForTerminal(refused)}\n`);
    else if (difference === null) process.stdout.write(`${green("same")}     ${name}\n`);
    else {
      const { index, a, b, before, afterA, afterB } = difference;
      const token = (side: typeof a): string =>
        side === null ? "nothing" : `${show(side.text)} (${side.id})`;
      process.stdout.write(
        `${red("differs")}  ${name}: token ${index} is ${token(a)} in ours, ${token(b)} in the template\n` +
          `         after    ${show(before)}\n         ours     ${show(afterA)}\n         template ${show(afterB)}\n`,
      );
    }
  }
}
