import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeByteModel, writeJsonLines } from "../tune/fake-model-folder.ts";
import { parseRoundRecipe } from "./parse-recipe.ts";
import type { RoundRecipe } from "./recipe.ts";

const questions = [..."abcdefghijklmnop"];

/** A folder with a model of bytes, prompts, and a task for the gate. Tests only. */
export async function fakeRoundsFolder(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await writeByteModel(join(folder, "base"), 5);
  writeJsonLines(
    folder,
    "prompts.jsonl",
    questions.map((prompt) => ({ prompt })),
  );
  writeJsonLines(
    folder,
    "gate.jsonl",
    questions.slice(0, 4).map((prompt) => ({ messages: [{ role: "user", content: prompt }], answer: "z" })),
  );
  writeJsonLines(
    folder,
    "more.jsonl",
    questions.map((prompt) => ({ prompt, completion: "z" })),
  );
}

/** Rounds of that folder, small enough for a test. */
export function fakeRounds(folder: string, more: Readonly<Record<string, unknown>> = {}): RoundRecipe {
  const stage = {
    batch: { length: 64, tokens: 128, pairs: 4, microTokens: 192 },
    learningRate: 0.01,
    epochs: 2,
    checkpointEvery: 1,
    evalEvery: 0,
    format: "f32",
  };
  return parseRoundRecipe(
    {
      model: "base",
      out: "out",
      rounds: 2,
      prompts: "prompts.jsonl",
      promptsPerRound: 12,
      samples: 4,
      sampling: { maxTokens: 8, temperature: 1 },
      rewards: [
        { kind: "length", maxCharacters: 6 },
        { kind: "regex", pattern: "z" },
      ],
      threshold: 0.4,
      minPairs: 2,
      sft: { ...stage, data: ["more.jsonl"] },
      dpo: { ...stage, learningRate: 0.001, lora: { rank: 2 } },
      average: { of: ["sft", "dpo"] },
      gate: { tasks: [{ task: "gate.jsonl", allowedLoss: 0 }] },
      context: 128,
      ...more,
    },
    { owner: "rounds.yaml", folder },
  );
}
