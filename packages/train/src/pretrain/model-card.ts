import type { LlamaConfig } from "@llamero/core";
import type { PretrainRecipe } from "./recipe.ts";

/** What a finished run says about its model. */
export interface ModelCardFacts {
  config: LlamaConfig;
  parameters: number;
  tokens: number;
  steps: number;
  /** By source: documents in it, and tokens taken from it. */
  sources: Readonly<Record<string, { documents: number; tokens: number }>>;
  before: Readonly<Record<string, number>>;
  after: Readonly<Record<string, number>>;
  /** Name of the model that it goes on from, or null. */
  init: string | null;
  isAveraged: boolean;
}

/** README.md of the written model. */
export function modelCard(recipe: PretrainRecipe, facts: ModelCardFacts): string {
  const { config, parameters, tokens, steps, sources, before, after, init, isAveraged } = facts;
  const number = (value: number): string => value.toLocaleString("en-US");
  const license = recipe.license === null ? [] : [`license: ${recipe.license}`];
  const front = ["---", ...license, ...(init === null ? [] : [`base_model: ${init}`]), "---"];
  const dataRows = Object.entries(sources).map(
    ([name, { documents, tokens: taken }]) => `| ${name} | ${number(documents)} | ${number(taken)} |`,
  );
  const lossRows = Object.entries(after).map(
    ([name, loss]) => `| ${name} | ${before[name]?.toFixed(3) ?? "-"} | ${loss.toFixed(3)} |`,
  );
  return `${[
    ...front,
    "",
    `# ${recipe.name}`,
    "",
    `A Llama model of ${number(parameters)} parameters (${config.numHiddenLayers} layers of ${config.hiddenSize}, ${config.numAttentionHeads} heads, ${config.numKeyValueHeads} for keys and values, vocabulary ${number(config.vocabSize)}, context ${number(config.maxPositionEmbeddings)}), pre-trained with Llamero for ${number(steps)} steps on ${number(tokens)} tokens${init === null ? "" : `, from ${init} on`}.${isAveraged ? " The weights are the mean of those of the last phase." : ""} It continues texts; it was not taught to follow instructions.`,
    "",
    "| source | documents | tokens learned |",
    "|---|---|---|",
    ...dataRows,
    "",
    "Losses on held-out documents, in nats per token:",
    "",
    "| | before | after |",
    "|---|---|---|",
    ...lossRows,
  ].join("\n")}\n`;
}
