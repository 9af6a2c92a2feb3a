/**
 * Cria from the given data to the file that ships: every stage is a command that can be run by hand, and is printed.
 * A stage whose result is there is left out, and one that was interrupted goes on, so the same call resumes.
 *
 *   npx tsx recipes/cria.ts --out runs/cria --data ../shared/data
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tokenizerInputs } from "./cria/tokenizer-inputs.ts";

interface Stage {
  name: string;
  /** What is there once the stage is done, in the folder of the run. */
  result: string;
  /** Program and arguments, run in the folder of the run. */
  command: readonly string[];
}

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "runs/cria" },
    data: { type: "string", default: "../shared/data" },
    seed: { type: "string", default: "2" },
    /** Ends after this stage. */
    until: { type: "string" },
    /** Prints the commands only. */
    plan: { type: "boolean", default: false },
  },
});

const here = fileURLToPath(new URL("./cria/", import.meta.url));
const out = resolve(values.out);
const data = resolve(values.data);
const llamero = (...words: string[]): string[] => [
  process.execPath,
  fileURLToPath(new URL("../packages/cli/bin/llamero.mjs", import.meta.url)),
  ...words,
];
const source = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];

const stages: readonly Stage[] = [
  {
    name: "data",
    result: "counts.json",
    command: [
      process.execPath,
      ...source,
      join(here, "make-data.ts"),
      ...["--out", out, "--data", data, "--seed", values.seed],
    ],
  },
  {
    name: "tokenizer",
    result: "tokenizer/tokenizer.json",
    command: llamero("train", "tokenizer", "-v", "8192", ...tokenizerInputs(data, out), "-o", "tokenizer"),
  },
  {
    name: "pretrain",
    result: "pretrained/model/config.json",
    command: llamero("train", "pretrain", "pretrain.yaml", "--out", "pretrained", "--resume"),
  },
  {
    name: "learn",
    result: "learned/model/config.json",
    command: llamero("train", "sft", "learn.yaml", "--resume"),
  },
  {
    name: "copy",
    result: "copied/model/config.json",
    command: llamero("train", "sft", "copy.yaml", "--resume"),
  },
  {
    name: "grow",
    result: "grown/config.json",
    command: [process.execPath, ...source, join(here, "grow.ts"), "copied/model", "8", "grown"],
  },
  {
    name: "skills",
    result: "skilled/model/config.json",
    command: llamero("train", "sft", "skills.yaml", "--resume"),
  },
  {
    name: "pair",
    result: "paired/config.json",
    command: [process.execPath, ...source, join(here, "pair.ts"), "skilled/model", "paired"],
  },
  {
    name: "polish",
    result: "polished/model/config.json",
    command: llamero("train", "sft", "polish.yaml", "--resume"),
  },
  {
    name: "finish",
    result: "finished/model/config.json",
    command: llamero("train", "sft", "finish.yaml", "--resume"),
  },
  {
    name: "prompts",
    result: "round/prompts.jsonl",
    command: [
      process.execPath,
      ...source,
      join(here, "make-prompts.ts"),
      ...["--out", "round", "--data", data, "--count", "150", "--held", "100"],
    ],
  },
  {
    name: "chats",
    result: "round/chats.jsonl",
    command: [process.execPath, ...source, join(here, "play-chats.ts"), "finished/model", "--out", "round"],
  },
  {
    name: "pairs",
    result: "round/held-out.pairs.jsonl",
    command: [
      process.execPath,
      ...source,
      join(here, "held-pairs.ts"),
      ...["finished/model", "round.yaml", "--out", "round"],
    ],
  },
  {
    name: "round",
    // What the gate refuses is rolled back, and the model before the round is the final one.
    result: "final/config.json",
    command: llamero("train", "round", "round.yaml", "--resume"),
  },
  {
    name: "settle",
    result: "final/config.json",
    command: [process.execPath, ...source, join(here, "settle.ts"), "rounds", "final"],
  },
  {
    name: "recommend",
    result: "final/recommended",
    command: [process.execPath, ...source, join(here, "recommend.ts"), "final"],
  },
  {
    name: "quantize",
    result: "cria.gguf",
    command: llamero("quantize", "final", "cria.gguf", "--to", "q8_0"),
  },
  {
    name: "evaluate",
    result: "scores.json",
    command: llamero("eval", "run", "cria.gguf", "cria", "--out", "scores.json"),
  },
];

if (values.until !== undefined && !stages.some(({ name }) => name === values.until))
  throw new RangeError(
    `There is no stage ${values.until}; there is ${stages.map(({ name }) => name).join(", ")}`,
  );
mkdirSync(out, { recursive: true });
for (const name of [
  "pretrain.yaml",
  "learn.yaml",
  "copy.yaml",
  "skills.yaml",
  "polish.yaml",
  "finish.yaml",
  "round.yaml",
])
  copyFileSync(join(here, name), join(out, name));
for (const { name, result, command } of stages) {
  const isDone = existsSync(join(out, result));
  process.stderr.write(`${name}${isDone ? ` (done: ${result})` : ""}\n  ${command.join(" ")}\n`);
  if (!isDone && !values.plan) {
    const { status, signal } = spawnSync(command[0]!, command.slice(1), { cwd: out, stdio: "inherit" });
    if (status !== 0) {
      process.stderr.write(
        `Stopped in ${name} (${signal ?? `exit code ${status}`}); the same call goes on from here\n`,
      );
      process.exit(status ?? 1);
    }
  }
  if (name === values.until) break;
}
