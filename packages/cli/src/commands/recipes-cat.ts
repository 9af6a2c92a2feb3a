import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { findRecipe } from "../recipes/find-recipe.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<name>",
  flags: {},
  examples: ["llamero recipes cat sft-lora"],
  async run([name]) {
    process.stdout.write((await findRecipe(name!)).text);
    return 0;
  },
});
