import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { switchFlag } from "../flags.ts";
import { findRecipe } from "../recipes/find-recipe.ts";

export const command: CommandDefinition = defineCommand({
  arguments: "<name> [file]",
  details:
    "Without a file, or with a folder, it is NAME.yaml there. Paths in a recipe are relative to its file.",
  flags: { force: switchFlag("--force", "write over a file that is there") },
  examples: ["llamero recipes cp sft-lora", "llamero recipes cp pretrain-tiny base.yaml"],
  async run([name, given], { force }) {
    const { text } = await findRecipe(name!);
    const isFolder = statSync(given ?? ".", { throwIfNoEntry: false })?.isDirectory() === true;
    const path = isFolder ? join(given ?? ".", `${name}.yaml`) : given!;
    try {
      writeFileSync(path, text, { flag: force ? "w" : "wx" });
    } catch (cause) {
      const code = cause instanceof Error ? Reflect.get(cause, "code") : null;
      if (code === "EEXIST")
        throw new UsageError(`${path} is there already`, "--force writes over it", { cause });
      if (code === "ENOENT") throw new UsageError(`There is no folder for ${path}`, null, { cause });
      throw cause;
    }
    process.stdout.write(`${path}\n`);
    return 0;
  },
});
