import { findModel, removeModel } from "@llamero/core/hub/store";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { shippedName } from "../model/shipped-model.ts";
import { formatBytes } from "../terminal/human.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<model>",
  flags: {},
  examples: ["llamero rm Llama-3.2-1B-Instruct-Q4_0"],
  async run([text]) {
    const model = await findModel(text!);
    if (model === null && text!.toLowerCase() === shippedName)
      throw new UsageError("cria is part of this program and cannot be removed");
    if (model === null) throw new UsageError(`No model named ${text}`, "See: llamero ls");
    await removeModel(model);
    process.stderr.write(`Removed ${model.name} (${formatBytes(model.sizeBytes)})\n`);
  },
});
