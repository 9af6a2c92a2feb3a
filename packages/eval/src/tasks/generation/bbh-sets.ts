import { saidAnswer } from "./answer-patterns.ts";
import { bbhSubsets } from "./bbh-shots.ts";
import { type GenerationRow, hubSource } from "./generation-row.ts";

/** BIG-Bench Hard with three worked examples per subset, the form of Meta's base tables; description and examples are ours. */
export const bbhSets: readonly GenerationRow[] = bbhSubsets.map(({ name, description, shots }) => ({
  name: `bbh_cot_${name}`,
  title: `BIG-Bench Hard, ${name.replaceAll("_", " ")}: ${description}`,
  category: "reasoning",
  languages: ["en"],
  source: hubSource("SaylorTwift/bbh", "MIT", `bbh/${name}`, { test: "test" }),
  fields: { input: "text", target: "text" },
  description: `${description}\n\n`,
  prompt: "Q: {input}\nA: Let's think step by step.\n",
  solution: "{steps} So the answer is {answer}.",
  answerDelimiter: "",
  target: "target",
  numShots: 3,
  fixedShots: shots.map(([input, steps, answer]) => ({ input, steps, answer })),
  stop: ["\n\nQ: "],
  maxTokens: 1024,
  answer: saidAnswer,
  scorer: "exact",
  scorerOptions: { ignoreCase: true },
}));
