import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { TuneRecipe } from "./recipe.ts";
import type { TuneModel } from "./tune-model.ts";

/** What a card says besides the recipe. */
export interface CardFacts {
  steps: number;
  examples: number;
  before: Readonly<Record<string, number>>;
  after: Readonly<Record<string, number>>;
}

const methods: Readonly<Record<TuneRecipe["method"], string>> = {
  sft: "supervised fine-tuning on conversations",
  dpo: "direct preference optimisation on pairs of answers",
};

/** The license that a model's file, or the README of its folder, names. */
function licenseOf({ checkpoint }: Pick<TuneModel, "checkpoint">): string | null {
  const license = checkpoint.metadata["general.license"];
  return typeof license === "string" && license !== "" ? license : null;
}

/** Writes README.md into a result's folder: what it was made from, how, and what was measured. */
export function writeCard(folder: string, recipe: TuneRecipe, model: TuneModel, facts: CardFacts): void {
  const { method, name, lora, data, epochs, learningRate, seed } = recipe;
  const license = licenseOf(model);
  const base = model.checkpoint.name;
  const measured = Object.keys(facts.after).map(
    (key) => `| ${key} | ${facts.before[key]?.toFixed(4) ?? "-"} | ${facts.after[key]!.toFixed(4)} |`,
  );
  const kind = lora === null ? "All weights" : `A LoRA adapter (rank ${lora.rank}, alpha ${lora.alpha})`;
  const terms =
    license === null
      ? `The terms of ${base} and of the data apply; its file names no license.`
      : `The license of ${base} (${license}) and the terms of the data apply.`;
  const lines = [
    "---",
    `base_model: ${JSON.stringify(base)}`,
    ...(license === null ? [] : [`license: ${JSON.stringify(license)}`]),
    ...(lora === null ? [] : ["library_name: peft"]),
    "---",
    `# ${name}`,
    "",
    `${kind} of ${base} after ${methods[method]}: ${facts.examples} examples of ${data.map(({ file }) => basename(file)).join(", ")}, ${facts.steps} steps, ${epochs} ${epochs === 1 ? "epoch" : "epochs"}, peak learning rate ${learningRate}, seed ${seed}.`,
    "",
    terms,
    ...(measured.length === 0
      ? []
      : ["", "On held-out data:", "", "| | before | after |", "|---|---|---|", ...measured]),
  ];
  writeFileSync(join(folder, "README.md"), `${lines.join("\n")}\n`);
}
