import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "",
  flags: { json: jsonFlag },
  examples: ["llamero recipes ls", "llamero recipes ls --json"],
  async run(_, { json }) {
    const { recipeKinds, shippedRecipes } = await import("@llamero/train/recipes");
    const rows = shippedRecipes().map(({ name, kind, title }) => ({
      name,
      kind,
      command: recipeKinds[kind].command,
      title,
    }));
    if (json) printJson(rows);
    else
      process.stdout.write(
        formatTable(
          ["NAME", "COMMAND", "WHAT IT MAKES"],
          rows.map(({ name, command: runs, title }) => [name, runs, title]),
        ),
      );
    return 0;
  },
});
