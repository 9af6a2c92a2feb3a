import { listModels, modelsFolder } from "@llamero/core/hub/store";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { shippedModel } from "../model/shipped-model.ts";
import { formatAge, formatBytes } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

/** What stands for the source of the model inside the package. */
const shippedSource = "ships with llamero";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  flags: { json: jsonFlag },
  examples: ["llamero ls", "llamero ls --json"],
  async run(_, { json }) {
    const shipped = shippedModel();
    const models = [...(await listModels()), ...(shipped === null ? [] : [shipped])];
    if (json) {
      printJson(
        models.map(({ name, path, sizeBytes, addedAt, manifest }) => ({
          name,
          path,
          sizeBytes,
          addedAt: addedAt.toISOString(),
          source: manifest?.source ?? (shipped !== null && path === shipped.path ? shippedSource : null),
          commit: manifest?.commit ?? null,
        })),
      );
      return;
    }
    if (models.length === 0) {
      process.stderr.write(`No models in ${modelsFolder()} yet. Get one: llamero pull hf:user/repo\n`);
      return;
    }
    const rows = models.map((model) => [
      model.name,
      formatBytes(model.sizeBytes),
      formatAge(model.addedAt),
      model.manifest?.source ?? (model === shipped ? shippedSource : "-"),
    ]);
    process.stdout.write(formatTable(["NAME", "SIZE", "ADDED", "SOURCE"], rows, [1]));
  },
});
