import { resolve } from "node:path";
import type { Checkpoint } from "@llamero/core";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag, switchFlag, textFlag } from "../flags.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

const formats = ["bf16", "f16", "f32", "q8_0"] as const;

export const command: CommandDefinition = defineCommand({
  arguments: "<model> <adapter...>",
  details: `Adds a LoRA adapter (a PEFT folder or a GGUF file) to the weights of its model and writes the whole as one model, with the
tokenizer and the chat template. With --average, writes the mean of the weights of models of one shape instead; tokenizer and
template are those of the first. A name that ends in .gguf gives a GGUF file, any other a Hugging Face folder.`,
  flags: {
    out: textFlag("-o, --out <path>", "file.gguf or folder to write (required)"),
    format: choiceFlag("--format <format>", "how matrices are stored", formats, "bf16"),
    average: switchFlag("--average", "the words are models; write the mean of their weights"),
    weights: textFlag("--weights <list>", "weight of each averaged model, between commas (default: alike)"),
    json: jsonFlag,
  },
  examples: [
    "llamero merge SmolLM2-135M-Instruct runs/mine/adapter -o mine.gguf --format q8_0",
    "llamero merge SmolLM2-135M-Instruct runs/mine/adapter.gguf -o mine",
    "llamero merge --average runs/a/model runs/b/model --weights 2,1 -o mean",
  ],
  async run([name, adapterPath], { out, format, average, weights, json }, words) {
    if (out === null) throw new UsageError("--out is missing: a file.gguf or a folder to write to");
    if (weights !== null && !average)
      throw new UsageError("--weights is for models that are averaged; give --average");
    if (!average && words.length > 2)
      throw new UsageError("merge takes one adapter; --average takes several models");
    const { convertModel } = await import("@llamero/core");
    const bar = new ProgressBar("Writing");
    const written = await runOrExplain(async () => {
      const checkpoint = average
        ? await openAverage(words, weights)
        : await openMerged(name!, resolve(adapterPath!));
      return await convertModel(checkpoint, resolve(out), {
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

async function openMerged(name: string, adapterPath: string): Promise<Checkpoint> {
  const [{ openCheckpoint, readAdapter }, { mergeAdapter }] = await Promise.all([
    import("@llamero/core"),
    import("@llamero/train/tune"),
  ]);
  const checkpoint = openCheckpoint((await resolveLocal(name)).path);
  return mergeAdapter(checkpoint, readAdapter(adapterPath, checkpoint, "merged"));
}

async function openAverage(names: readonly string[], weights: string | null): Promise<Checkpoint> {
  const { averageModels } = await import("@llamero/train/round");
  const models = await Promise.all(names.map(resolveLocal));
  return averageModels(
    models.map(({ path }) => path),
    weights?.split(",").map(Number),
  );
}
