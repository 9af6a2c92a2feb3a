import { resolve } from "node:path";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, textFlag } from "../flags.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

const formats = ["bf16", "f16", "f32", "q8_0"] as const;

export const command: CommandDefinition = defineCommand({
  arguments: "<model> <adapter>",
  details: `Adds a LoRA adapter (a PEFT folder or a GGUF file) to the weights of its model and writes the whole as one model, with the
tokenizer and the chat template. A name that ends in .gguf gives a GGUF file, any other a Hugging Face folder.`,
  flags: {
    out: textFlag("-o, --out <path>", "file.gguf or folder to write (required)"),
    format: choiceFlag("--format <format>", "how matrices are stored", formats, "bf16"),
    json: jsonFlag,
  },
  examples: [
    "llamero merge SmolLM2-135M-Instruct runs/mine/adapter -o mine.gguf --format q8_0",
    "llamero merge SmolLM2-135M-Instruct runs/mine/adapter.gguf -o mine",
  ],
  async run([name, adapterPath], { out, format, json }) {
    if (out === null) throw new UsageError("--out is missing: a file.gguf or a folder to write to");
    const [{ convertModel, openCheckpoint, readAdapter }, { mergeAdapter }] = await Promise.all([
      import("@llamero/core"),
      import("@llamero/train/tune"),
    ]);
    const stored = await resolveLocal(name!);
    const bar = new ProgressBar("Writing");
    const written = await runOrExplain(async () => {
      const checkpoint = openCheckpoint(stored.path);
      const adapter = readAdapter(resolve(adapterPath!), checkpoint, "merged");
      return await convertModel(mergeAdapter(checkpoint, adapter), resolve(out), {
        container: out.endsWith(".gguf") ? "gguf" : "safetensors",
        format,
        signal: interruptSignal(),
        onProgress: (done, total) => {
          if (process.stderr.isTTY) bar.update(done, total);
        },
      });
    });
    bar.clear();
    if (json) printJson({ ...written, format });
    else process.stdout.write(`${written.path}  ${formatBytes(written.sizeBytes)}\n`);
    return exitCodes.ok;
  },
});
