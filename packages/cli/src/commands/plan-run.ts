import type { Checkpoint, LlamaConfig, ModelPlan, PlanOptions } from "@llamero/core";
import { findModel } from "@llamero/core/hub/store";
import type { WeightFormat } from "@llamero/kernels";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, modelFlags, numberFlag } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { formatBytes } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

/** Formats worth comparing for a shape that has no file. */
const comparedFormats: readonly WeightFormat[] = ["bf16", "f8_e4m3", "q8_0", "q6_k", "q4_k", "q4_0"];

const comparedContexts: readonly number[] = [2048, 8192, 32768, 131072];

/** What one choice of weight format takes. */
interface FormatPlan {
  format: WeightFormat | "as stored";
  weightBytes: number;
  kvBytes: number;
  scratchBytes: number;
  totalBytes: number;
  /** Into the memory that is available now. */
  fits: boolean;
}

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  details: `A model is a file, a name in the store, or a published shape such as llama3.1:405b, for which no file is needed.
Weights count as files store them.`,
  flags: {
    context: modelFlags.context,
    kv: modelFlags.kv,
    batch: numberFlag("--batch <n>", "sequences at once", 1, { min: 1, max: 4096, isInteger: true }),
    json: jsonFlag,
  },
  examples: [
    "llamero plan run llama3.1:8b",
    "llamero plan run llama3.1:405b -c 128K --kv int8",
    "llamero plan run model.gguf --json",
  ],
  async run([name], { context, kv, batch, json }) {
    const subject = await findSubject(name!);
    const { config } = subject;
    if (context !== null && context > config.maxPositionEmbeddings) {
      throw new UsageError(`${name} takes ${config.maxPositionEmbeddings} tokens at most, not ${context}`);
    }
    const { countParameters, planModel } = await import("@llamero/core");
    const machine = describeMachine();
    const options: PlanOptions = { kvDtype: kv, batch, ...(context === null ? {} : { context }) };
    const planFor = (format: WeightFormat | "as stored", changes: PlanOptions = {}): ModelPlan =>
      planModel(config, format === "as stored" ? subject.checkpoint!.tensors : format, {
        ...options,
        ...changes,
      });
    const choices = subject.checkpoint === null ? comparedFormats : (["as stored"] as const);
    const formats = choices.map((format): FormatPlan => {
      const { weightBytes, kvBytes, scratchBytes, totalBytes } = planFor(format);
      const fits = totalBytes <= machine.availableMemoryBytes;
      return { format, weightBytes, kvBytes, scratchBytes, totalBytes, fits };
    });
    const first = planFor(choices[0]!);
    const contexts = comparedContexts
      .filter((size) => size <= config.maxPositionEmbeddings)
      .map((size) => ({ context: size, kvBytes: planFor(choices[0]!, { context: size, batch: 1 }).kvBytes }));
    const facts = {
      model: name!,
      numParameters: countParameters(config),
      context: first.contextLimit,
      batch,
      kv,
      kvBytesPerToken: first.kvBytesPerToken,
      formats,
      contexts,
      availableMemoryBytes: machine.availableMemoryBytes,
    };
    if (json) {
      printJson(facts);
      return;
    }
    process.stdout.write(
      `${name}: ${facts.numParameters.toLocaleString("en-US")} parameters, context ${facts.context.toLocaleString("en-US")}, ` +
        `batch ${batch}, KV ${kv}\n\n`,
    );
    const rows = formats.map(({ format, weightBytes, kvBytes, scratchBytes, totalBytes, fits }) => [
      format,
      ...[weightBytes, kvBytes, scratchBytes, totalBytes].map(formatBytes),
      fits ? "yes" : "no",
    ]);
    const header = ["WEIGHTS", "SIZE", "KV CACHE", "SCRATCH", "TOTAL", "FITS HERE"];
    process.stdout.write(`${formatTable(header, rows, [1, 2, 3, 4])}\n`);
    const contextRows = contexts.map((row) => [
      row.context.toLocaleString("en-US"),
      formatBytes(row.kvBytes),
    ]);
    process.stdout.write(formatTable(["CONTEXT", "KV CACHE"], contextRows, [0, 1]));
    process.stdout.write(`\nAvailable memory: ${formatBytes(machine.availableMemoryBytes)}\n`);
  },
});

async function findSubject(name: string): Promise<{ config: LlamaConfig; checkpoint: Checkpoint | null }> {
  const { isModelShapeName, modelShapes, openCheckpoint } = await import("@llamero/core");
  if (isModelShapeName(name)) return { config: modelShapes[name], checkpoint: null };
  const isName = /^[\w-][\w.:-]*$/.test(name) && !/\.(gguf|safetensors)$/.test(name);
  if (isName && (await findModel(name)) === null) {
    throw new UsageError(
      `No model in the store and no published shape is named ${name}`,
      `Shapes: ${Object.keys(modelShapes).join(", ")}`,
    );
  }
  const checkpoint = openCheckpoint((await resolveLocal(name)).path);
  return { config: checkpoint.config, checkpoint };
}
