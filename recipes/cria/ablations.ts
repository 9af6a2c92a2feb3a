/**
 * What parts of Cria's recipe are worth, at a quarter of its size: the short arc of pretrain, learn, copy, polish and a
 * round of preferences, once as it is and once without a part, with the same tokens through the model and several seeds.
 * Writes losses on the same held-out files and scores on Cria's own cases into `ablations.json`, and prints a table. The
 * folder of `recipes/cria.ts --until tokenizer` is read, with the prompts of make-prompts.ts; a stage that is done is
 * left out, so the same call goes on.
 *
 *   node --conditions=@llamero/source --import tsx recipes/cria/ablations.ts --run runs/cria --data ../shared/data --out runs/cria-ablations
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type AblationMeans, pretrainArm, roundArm, type Trained, tuneArm } from "./ablation-stages.ts";
import { type AblationResult, ablationTable, readScores } from "./ablation-table.ts";
import { writeGivenConversations } from "./given-conversations.ts";
import { heldOutLosses } from "./held-out-loss.ts";
import { writeRawText } from "./text/raw-text.ts";

/** Rows of every stage at scale 1; the last one is a round of preferences, or more of polish at its rate. */
const rows = { pretrain: 600_000, learn: 125_000, copy: 300_000, polish: 300_000, last: 100_000 };
const lastRate = 5e-5;

type Data = "whole" | "raw" | "given";

interface Arm {
  /** What is learned: everything, text as it stands, or no conversation that a generator made. */
  data: Data;
  hasRound: boolean;
}

/** The second is what the last two are compared with: prompts of a round would be synthetic, too. */
const arms: Readonly<Record<string, Arm>> = {
  everything: { data: "whole", hasRound: true },
  "no round": { data: "whole", hasRound: false },
  "no curation, no round": { data: "raw", hasRound: false },
  "nothing synthetic, no round": { data: "given", hasRound: false },
};

const { values } = parseArgs({
  options: {
    run: { type: "string", default: "runs/cria" },
    out: { type: "string", default: "runs/cria-ablations" },
    data: { type: "string", default: "../shared/data" },
    /** Of the rows of every stage. */
    scale: { type: "string", default: "1" },
    /** Of a step. */
    tokens: { type: "string", default: "1024" },
    seeds: { type: "string", default: "0,100" },
    arms: { type: "string", default: Object.keys(arms).join(";") },
    threads: { type: "string" },
  },
});
const scale = Number(values.scale);
if (!(scale > 0)) throw new RangeError(`--scale takes a number above 0, not ${values.scale}`);
const stepRows = Number(values.tokens);
if (!(Number.isInteger(stepRows) && stepRows >= 1024))
  throw new RangeError(`--tokens takes a whole number from 1024 on, not ${values.tokens}`);
const seeds = values.seeds.split(",").map(Number);
const [run, out, data] = [values.run, values.out, values.data].map((path) => resolve(path)) as [
  string,
  string,
  string,
];
const threads = values.threads === undefined ? undefined : Number(values.threads);
const means: AblationMeans = { run, stepRows, threads };
const raw = join(out, "raw");
mkdirSync(out, { recursive: true });

const textsOf = (path: string): string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { text: string }).text);
const curated = (name: string): string => join(run, "pretrain", name);
const texts = ["novels-en", "factbook", "problems"];

/** Held-out files by what is in them: texts that are curated and not, conversations that are synthetic and not. */
const heldTexts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(texts.map((name) => [`text: ${name}, curated`, curated(`${name}.valid.jsonl`)])),
  "text: novels-en, as they stand": join(raw, "novels-en.valid.jsonl"),
};
const heldTalks: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["chat", "greetings", "instructions", "passages", "safety", "tools", "copying"].map((name) => [
      `answers: ${name}`,
      join(run, "skills", `${name}.valid.jsonl`),
    ]),
  ),
  "answers: written by people": join(out, "given.valid.jsonl"),
};

if (!existsSync(join(raw, "commands.jsonl")))
  writeRawText(data, raw, {
    seed: 1,
    share: 1,
    held: texts.flatMap((name) => textsOf(curated(`${name}.valid.jsonl`))),
    learned: textsOf(curated("novels-en.jsonl")),
  });
if (!existsSync(join(out, "given.jsonl"))) writeGivenConversations(data, out);

/** What arms with the same data share: everything but the end. */
async function trunk(data: Data, seed: number): Promise<Trained & { pretrained: string }> {
  const folder = (stage: string): string => join(out, `${data}-${seed}`, stage);
  const given = data === "given" ? { data: join(out, "given.jsonl") } : {};
  const first = await pretrainArm(means, {
    texts: data === "raw" ? raw : "pretrain",
    folder: data === "given" ? join(out, `whole-${seed}`, "pretrain") : folder("pretrain"),
    seed,
    rows: scale * rows.pretrain,
  });
  let last = first;
  for (const stage of ["learn", "copy", "polish"] as const) {
    const arm = { from: last.model, folder: folder(stage), seed, rows: scale * rows[stage], ...given };
    const { model, rows: more } = await tuneArm(means, stage, arm);
    last = { model, rows: last.rows + more };
  }
  return { ...last, pretrained: first.model };
}

async function score(model: string, name: string): Promise<AblationResult["scores"]> {
  const file = join(out, `${name}.scores.json`);
  const cli = fileURLToPath(new URL("../../packages/cli/bin/llamero.mjs", import.meta.url));
  const count = threads === undefined ? [] : ["--threads", String(threads)];
  const words = ["eval", "run", model, "cria", "--out", file, ...count];
  const { status } = spawnSync(process.execPath, [cli, ...words], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, LLAMERO_HOME: join(out, "home", name) },
  });
  if (status !== 0) throw new RangeError(`${words.join(" ")} ended with ${status}`);
  return readScores(file);
}

const results: AblationResult[] = [];
for (const seed of seeds) {
  for (const name of values.arms.split(";")) {
    const arm = arms[name];
    if (arm === undefined)
      throw new RangeError(`There is no arm ${name}; there is ${Object.keys(arms).join("; ")}`);
    const { data, hasRound } = arm;
    const key = `${name.replace(/\W+/g, "-")}-${seed}`;
    const file = join(out, `${key}.json`);
    const before = await trunk(data, seed);
    const folder = join(out, `${data}-${seed}`, hasRound ? "round" : "more");
    const stage = { from: before.model, folder, seed, rows: scale * rows.last };
    const own = data === "given" ? { data: join(out, "given.jsonl") } : {};
    const last = hasRound
      ? await roundArm(means, stage)
      : await tuneArm(means, "polish", { ...stage, ...own, seed: seed + 50, learningRate: lastRate });
    if (!existsSync(file)) {
      const losses = {
        ...(await heldOutLosses(before.pretrained, heldTexts, threads)),
        ...(await heldOutLosses(last.model, heldTalks, threads)),
      };
      const total = before.rows + last.rows;
      writeFileSync(
        file,
        JSON.stringify({ arm: name, seed, rows: total, losses, scores: await score(last.model, key) }),
      );
    }
    results.push(JSON.parse(readFileSync(file, "utf8")) as AblationResult);
    process.stderr.write(`${key}: ${results.at(-1)!.rows.toLocaleString("en-US")} rows\n`);
  }
}
writeFileSync(join(out, "ablations.json"), `${JSON.stringify({ scale, stepRows, results }, null, 1)}\n`);
process.stdout.write(ablationTable(results, values.arms.split(";")));
