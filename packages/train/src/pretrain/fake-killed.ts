import { join } from "node:path";
import { fakeRecipe } from "./fake-pretrain.ts";
import { pretrain } from "./pretrain.ts";

// Run by kill.slow.test.ts: FOLDER NAME. Says each step on standard output.
const [folder, name] = process.argv.slice(2) as [string, string];
const result = await pretrain(
  fakeRecipe(folder, {
    batch: { steps: 40, length: 32, tokens: 96, microTokens: 64 },
    anneal: { steps: 10, mix: { letters: 1 }, averageEvery: 2 },
    checkpointEvery: 1,
    evalEvery: 8,
  }),
  {
    folder: join(folder, name),
    tokensFolder: join(folder, "tokens"),
    backend: "reference",
    resume: true,
    listener: (event) => process.stdout.write(`${event.event} ${event.step}\n`),
  },
);
process.stdout.write(`finished ${result.step}\n`);
