import type { Tokenizer } from "@llamero/core";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, switchFlag } from "../flags.ts";
import { checkIds, parseIds } from "../model/read-ids.ts";
import { readTokenizer } from "../model/read-tokenizer.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { defaultModel } from "../model/shipped-model.ts";
import { colorsFor } from "../terminal/colors.ts";
import { printJson } from "../terminal/print-json.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";
import { readStdin } from "../terminal/stdin.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "[text...]",
  details:
    "Without a text, reads standard input, every byte of it. Special tokens in the text stay text unless --special.",
  flags: {
    model: {
      flags: "-m, --model <model>",
      description: "model, tokenizer.json or tokenizer.model (default: newest in the store)",
      env: "LLAMERO_MODEL",
      parse: (text: string) => text,
      fallback: null as string | null,
    },
    json: jsonFlag,
    decode: switchFlag("--decode", "the input is token ids; print their text"),
    bos: switchFlag("--bos", "begin with the token that begins a text"),
    special: switchFlag("--special", "read the names of special tokens as the tokens"),
  },
  examples: [
    'llamero tokenize --model Llama-3.2-1B "Hello world"',
    "llamero tokenize --model model.gguf --json < text.txt",
    "echo 9906 1917 | llamero tokenize --model model.gguf --decode",
  ],
  async run([argument], { model, json, decode, bos, special }) {
    const tokenizer = await readTokenizer(await pickModel(model));
    const input = argument ?? (await readStdin());
    if (decode) {
      const ids = parseIds(input, argument === undefined ? "Standard input" : "The argument");
      checkIds(ids, tokenizer.vocabSize);
      const text = tokenizer.decode(ids);
      if (json) printJson({ text, ids });
      else process.stdout.write(process.stdout.isTTY ? `${safeForTerminal(text)}\n` : text);
      return;
    }
    const ids = special ? tokenizer.encodeTemplate(input) : tokenizer.encode(input);
    if (bos && tokenizer.bosId !== null) ids.unshift(tokenizer.bosId);
    if (json) printJson({ ids });
    else if (process.stdout.isTTY) printColored(tokenizer, ids);
    else process.stdout.write(`${ids.join(" ")}\n`);
  },
});

async function pickModel(name: string | null): ReturnType<typeof resolveLocal> {
  if (name !== null) return resolveLocal(name);
  const newest = await defaultModel();
  if (newest === null) throw new UsageError("No model given and none in the store", "Use: --model FILE");
  return newest;
}

function printColored(tokenizer: Tokenizer, ids: readonly number[]): void {
  const colors = colorsFor(process.stdout);
  const paints = [colors.bgBlue, colors.bgGreen, colors.bgMagenta, colors.bgCyan, colors.bgYellow];
  // A character may span tokens; alone, its parts show as replacement characters.
  const text = ids
    .map((id, i) => paints[i % paints.length]!(safeForTerminal(tokenizer.decode([id]))))
    .join("");
  process.stdout.write(`${text}\n${colors.dim(`${ids.length} tokens: ${ids.join(" ")}`)}\n`);
}
