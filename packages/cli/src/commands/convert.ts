import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { choiceFlag, jsonFlag } from "../flags.ts";
import { withOutputErrors } from "../model/output-errors.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<model> <out>",
  details: `Reads GGUF, Hugging Face folders and Meta releases. Writes one GGUF file where the name ends in .gguf, else a Hugging Face folder.
Tokenizer, chat template and RoPE scaling go along; rows of query and key matrices take the order of the new form.`,
  flags: {
    to: choiceFlag(
      "--to <format>",
      "what matrices become (default: bf16)",
      ["f32", "f16", "bf16", "q8_0"] as const,
      "bf16",
    ),
    json: jsonFlag,
  },
  examples: ["llamero convert ./Llama-3.2-1B model.gguf --to bf16", "llamero convert model.gguf ./folder"],
  async run([name, out], { to, json }) {
    const { path } = await resolveLocal(name!);
    const { convertModel, openCheckpoint } = await import("@llamero/core");
    const source = openCheckpoint(path);
    const bar = new ProgressBar("Writing");
    const container = out!.endsWith(".gguf") ? "gguf" : "safetensors";
    const onProgress = process.stderr.isTTY ? bar.update.bind(bar) : undefined;
    const options = { container, format: to, signal: interruptSignal(), onProgress } as const;
    const result = await withOutputErrors(() => convertModel(source, out!, options)).finally(() =>
      bar.clear(),
    );
    if (json) printJson({ ...result, container, format: to });
    else process.stdout.write(`${result.path}: ${container}, ${to}, ${formatBytes(result.sizeBytes)}\n`);
  },
});
