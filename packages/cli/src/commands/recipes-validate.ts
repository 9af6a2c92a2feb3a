import { readFileSync } from "node:fs";
import type { RecipeKind } from "@llamero/train/recipes";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { choiceFlag, jsonFlag } from "../flags.ts";
import { printJson } from "../terminal/print-json.ts";
import { runOrExplain } from "../train/run-or-explain.ts";

const kinds: readonly RecipeKind[] = ["pretrain", "sft", "dpo", "reward", "round", "curate", "synth"];

export const command: CommandDefinition = defineCommand({
  arguments: "<file> [overrides...]",
  details: `Reads a recipe as the command that runs it would, with key=value set, and computes nothing. The kind is that of its line
"# kind: NAME", else what its fields look like. Inputs that are not there are named and are no mistake.`,
  flags: {
    kind: choiceFlag("--kind <name>", "what it is a recipe of", kinds, null),
    json: jsonFlag,
  },
  examples: [
    "llamero recipes validate base.yaml",
    "llamero recipes validate tune.yaml lora.rank=16 epochs=3 --json",
  ],
  async run(_, values, [path, ...overrides]) {
    const { validateRecipe } = await import("@llamero/train/recipes");
    let text: string;
    try {
      text = readFileSync(path!, "utf8");
    } catch (cause) {
      throw new UsageError(`Cannot read ${path}: ${(cause as Error).message}`, null, { cause });
    }
    const found = await runOrExplain(() => validateRecipe(text, path!, { kind: values.kind, overrides }));
    if (values.json) printJson(found);
    else {
      process.stdout.write(`${path} is a recipe of llamero ${found.command}\n`);
      for (const input of found.missing) process.stderr.write(`Not there yet: ${input}\n`);
    }
    return 0;
  },
});
