import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { makeArcData } from "./arc-data.ts";
import { type ArcDial, arcDial, pretrainSteps } from "./arc-dial.ts";

export interface ArcOptions {
  depth: number;
  folder: string;
  /** Files to learn from; empty: the speeches that come with the package. */
  texts: readonly string[];
  minutes: number | null;
  seed: number;
  threads: number | null;
}

/** One step of the arc: files that it needs are written, then its command runs. */
export interface ArcStep {
  name: string;
  /** One sentence for people. */
  title: string;
  /** Writes recipes and data and gives the words after `llamero`. */
  prepare(machine: { operationsPerSecond(): Promise<number> }): Promise<readonly string[]>;
}

// Both src/arc and dist/arc are two folders below the package.
const bundledText = fileURLToPath(new URL("../../recipes/texts/speeches.jsonl", import.meta.url));

/** The steps from texts to an answer, in order. Files are written once, so that a step that goes on finds its own. */
export function arcSteps(options: ArcOptions): readonly ArcStep[] {
  const { folder, seed } = options;
  const dial = arcDial(options.depth);
  const at = (...parts: string[]): string => join(folder, ...parts);
  const threads = options.threads === null ? [] : ["--threads", String(options.threads)];
  const tuned = (method: "sft" | "dpo", title: string, write: () => void): ArcStep => ({
    name: method,
    title,
    async prepare() {
      if (!existsSync(at(`${method}.yaml`))) write();
      return ["train", method, at(`${method}.yaml`), "--resume", ...threads];
    },
  });
  const data = makeArcData({ ...dial.sft, ...dial.dpo, seed });
  return [
    {
      name: "curate",
      title: "Filter the texts and take out duplicates",
      async prepare() {
        writeOnce(at("curate.yaml"), curateConfig(options));
        return ["data", "curate", at("curate.yaml"), "--workers", "0"];
      },
    },
    {
      name: "tokenizer",
      title: `Learn ${dial.vocabSize} tokens from them`,
      prepare: async () => [
        ...["train", "tokenizer", "--input", at("texts", "data"), "--vocab-size", String(dial.vocabSize)],
        ...["--out", at("tokenizer"), "--force"],
      ],
    },
    {
      name: "pretrain",
      title: `Pre-train ${dial.depth} layers of width ${dial.width}: ${dial.parameters.toLocaleString("en-US")} parameters`,
      async prepare(machine) {
        if (!existsSync(at("pretrain.yaml"))) {
          const budget = {
            textTokens: countTokens(at("tokenizer", "report.json")),
            minutes: options.minutes,
            operationsPerSecond: await machine.operationsPerSecond(),
          };
          writeOnce(at("pretrain.yaml"), pretrainRecipe(dial, pretrainSteps(dial, budget), options));
        }
        return ["train", "pretrain", at("pretrain.yaml"), "--out", at("pretrain"), "--resume", ...threads];
      },
    },
    tuned("sft", "Learn to answer: supervised fine-tuning on made conversations", () => {
      writeAtomic(at("chat.jsonl"), lines(data.train));
      writeOnce(at("sft.yaml"), sftRecipe(dial, seed));
    }),
    tuned("dpo", "Learn which answers are better: preferences", () => {
      writeAtomic(at("pairs.jsonl"), lines(data.pairs));
      writeOnce(at("dpo.yaml"), dpoRecipe(dial, seed));
    }),
    {
      name: "quantize",
      title: "Write it with 8 bits a weight and measure what that costs",
      async prepare() {
        rmSync(at("model.gguf"), { force: true });
        writeAtomic(at("proof.txt"), beginningOf(at("texts", "data")));
        // A toy of so few weights a row loses more than a real model; the limit is the toy's.
        return [
          ...["quantize", at("dpo", "model"), at("model.gguf"), "--to", "q8_0", "--text", at("proof.txt")],
          ...["--max-perplexity-cost", "2", ...threads],
        ];
      },
    },
    {
      name: "eval",
      title: "Ask it in ways that were not in its data",
      async prepare() {
        writeAtomic(at("questions.jsonl"), lines(data.questions));
        return ["eval", "run", at("model.gguf"), at("questions.jsonl"), "--out", at("eval.json"), ...threads];
      },
    },
    {
      name: "chat",
      title: "Talk to it",
      prepare: async () => [
        "run",
        at("model.gguf"),
        "Hello! What does a cow say?",
        "--temp",
        "0",
        "-n",
        "32",
        ...threads,
      ],
    },
  ];
}

const lines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** JSON, which is YAML too. A file that is there stays: a step goes on with the settings that it began with. */
function writeOnce(path: string, settings: object): void {
  if (existsSync(path)) return;
  mkdirSync(join(path, ".."), { recursive: true });
  writeAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
}

function curateConfig({ texts, folder }: ArcOptions): object {
  const files = texts.length === 0 ? [bundledText] : texts.map((path) => resolve(path));
  return {
    name: "arc",
    sources: [{ name: "text", files, license: texts.length === 0 ? "public domain" : "unknown" }],
    stages: [{ "exact-dedup": {} }, { minhash: {} }],
    output: { folder: join(folder, "texts"), format: "jsonl" },
  };
}

/** About twelve thousand characters of the curated texts. */
function beginningOf(folder: string): string {
  let text = "";
  for (const name of readdirSync(folder).sort())
    for (const line of readFileSync(join(folder, name), "utf8").split("\n")) {
      if (line === "" || text.length > 12_000) continue;
      text += `${(JSON.parse(line) as { text: string }).text}\n`;
    }
  return text.slice(0, 16_000);
}

function countTokens(report: string): number {
  const { inputs } = JSON.parse(readFileSync(report, "utf8")) as {
    inputs: { textBytes: number; bytesPerToken: number }[];
  };
  return inputs.reduce((sum, { textBytes, bytesPerToken }) => sum + textBytes / bytesPerToken, 0);
}

function pretrainRecipe(dial: ArcDial, steps: number, { folder, seed }: ArcOptions): object {
  return {
    name: "arc",
    seed,
    tokenizer: join(folder, "tokenizer", "tokenizer.json"),
    model: {
      hiddenSize: dial.width,
      intermediateSize: dial.intermediateSize,
      numHiddenLayers: dial.depth,
      numAttentionHeads: dial.heads,
      numKeyValueHeads: dial.kvHeads,
      maxPositionEmbeddings: 2 * dial.context,
    },
    data: { sources: { text: join(folder, "texts", "data") }, validation: { share: 0.05, tokens: 4096 } },
    batch: { steps, length: dial.context, tokens: dial.pretrain.batchTokens },
    learningRate: dial.pretrain.learningRate,
    schedule: { shape: "wsd", warmupSteps: Math.round(steps / 20), decaySteps: Math.round(steps / 4) },
    products: "bf16",
    samples: { prompts: ["My fellow"], maxTokens: 24 },
    sampleEvery: Math.max(1, Math.round(steps / 3)),
    evalEvery: Math.max(1, Math.round(steps / 4)),
    checkpointEvery: Math.max(1, Math.round(steps / 10)),
  };
}

function sftRecipe(dial: ArcDial, seed: number): object {
  const { learningRate, batchTokens, epochs } = dial.sft;
  return {
    model: "pretrain/model",
    data: ["chat.jsonl"],
    out: "sft",
    epochs,
    batch: { tokens: batchTokens, length: dial.context },
    learningRate,
    seed,
    samples: { prompts: ["What does a cow say?"], maxTokens: 24 },
  };
}

function dpoRecipe(dial: ArcDial, seed: number): object {
  const { learningRate, batchPairs } = dial.dpo;
  return {
    model: "sft/model",
    data: ["pairs.jsonl"],
    out: "dpo",
    batch: { pairs: batchPairs, length: dial.context },
    learningRate,
    seed,
    samples: { prompts: ["What does a cow say?"], maxTokens: 24 },
  };
}
