/**
 * The same sets, records and weights through our evaluation and through lm-evaluation-harness, sample by sample.
 *
 *   LLAMERO_MODELS=folder node --conditions=@llamero/source --import tsx bench/lm-eval.ts --theirs FOLDER --python PYTHON
 *
 * --tasks a,b; --limit N (each task's own otherwise); --tokens 64: of generated answers, both sides.
 * --theirs FOLDER: what bench/peers/lm-eval.py wrote, TASK.json each; a task that is missing there is run with --python.
 * --harness FOLDER: lm_eval/tasks of the installed harness, for the sets that we take from its own files.
 * --out FILE: everything compared, as JSON. Data is ../shared/data.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadModel } from "@llamero/core";
import {
  type Generation,
  type Generator,
  LocalGenerator,
  type Loglikelihood,
  type Row,
  readTaskData,
  readTaskFile,
  runTask,
  type Score,
  taskData,
  tasks,
} from "@llamero/eval";
import { modelPath, sharedPath } from "../packages/core/src/testdata.ts";

interface Compared {
  /** Our name of it, or its file in the harness that we read. */
  own: string;
  kind: "multiple_choice" | "generate_until" | "loglikelihood" | "loglikelihood_rolling";
  limit: number;
  /** Our metric and theirs; the first is the score. */
  metrics: readonly (readonly [ours: string, theirs: string])[];
  /** Records where the set itself is not among the given data. */
  rows?: () => Row[];
}

const lines = (file: string): Row[] =>
  readFileSync(sharedPath(`data/${file}`)!, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

const accuracy = [["acc", "acc,none"]] as const;
const span = [
  ["f1", "f1,none"],
  ["exact_match", "exact_match,none"],
] as const;
const numbers = [
  ["exact_match_flexible", "exact_match,flexible-extract"],
  ["exact_match_strict", "exact_match,strict-match"],
] as const;

/** A set that we have by reading the harness's own file of it. */
const direct = {
  kind: "generate_until",
  limit: 12,
  metrics: [
    ["exact_match,remove_whitespace", "exact_match,remove_whitespace"],
    ["exact_match,flexible-extract", "exact_match,flexible-extract"],
  ],
} as const;
const mgsm = (language: string): Row[] =>
  readFileSync(sharedPath(`data/eval/mgsm/mgsm_${language}.tsv`)!, "utf8")
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => {
      const [question, number] = line.split("\t");
      return { question, answer: null, answer_number: number!.replaceAll(",", ""), equation_solution: null };
    });

const compared: Readonly<Record<string, Compared>> = {
  mmlu: { own: "mmlu_dev", kind: "multiple_choice", limit: 60, metrics: accuracy },
  xcopa_it: { own: "xcopa_val_it", kind: "multiple_choice", limit: 100, metrics: accuracy },
  xcopa_th: { own: "xcopa_val_th", kind: "multiple_choice", limit: 100, metrics: accuracy },
  mgsm_direct_en: { ...direct, own: "mgsm/direct/mgsm_direct_en.yaml", rows: () => mgsm("en") },
  mgsm_direct_es: { ...direct, own: "mgsm/direct/mgsm_direct_es.yaml", rows: () => mgsm("es") },
  mgsm_native_cot_en: { own: "mgsm_native_cot_en", kind: "generate_until", limit: 12, metrics: numbers },
  mgsm_native_cot_es: { own: "mgsm_native_cot_es", kind: "generate_until", limit: 12, metrics: numbers },
  xquad_en: { own: "xquad_en", kind: "generate_until", limit: 12, metrics: span },
  xquad_es: { own: "xquad_es", kind: "generate_until", limit: 12, metrics: span },
  lambada_openai: {
    own: "lambada_openai",
    kind: "loglikelihood",
    limit: 60,
    metrics: [
      ["acc", "acc,none"],
      ["perplexity", "perplexity,none"],
    ],
    // Word problems without their answers: LAMBADA itself is not given.
    rows: () =>
      lines("sft/gsm8k_train.jsonl")
        .slice(0, 400)
        .map(({ question }) => ({
          text: String(question)
            .replace(/<<.*?>>/g, "")
            .trim()
            .split(/\s+/)
            .join(" "),
        })),
  },
  wikitext: {
    own: "wikitext",
    kind: "loglikelihood_rolling",
    limit: 80,
    metrics: [
      ["word_perplexity", "word_perplexity,none"],
      ["byte_perplexity", "byte_perplexity,none"],
      ["bits_per_byte", "bits_per_byte,none"],
    ],
    // Questions of MT-bench: WikiText itself is not given.
    rows: () =>
      lines("eval/mtbench/question.jsonl").map(({ turns }) => ({ page: (turns as string[]).join("\n") })),
  },
};

interface Theirs {
  scores: Record<string, number>;
  samples: { doc: number; prompt: unknown[][]; answer: unknown[]; said?: unknown[][] }[];
}

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "SmolLM2-135M-Instruct.Q4_1.gguf" },
    tasks: { type: "string", default: Object.keys(compared).join(",") },
    limit: { type: "string" },
    tokens: { type: "string", default: "64" },
    harness: { type: "string", default: "" },
    theirs: { type: "string", default: "lm-eval-theirs" },
    python: { type: "string" },
    out: { type: "string" },
  },
});
const model = modelPath(values.model);
const data = sharedPath("data");
if (model === null || data === null)
  throw new Error(`Needs LLAMERO_MODELS with ${values.model}, and ../shared/data`);
const maxTokens = Number(values.tokens);

function theirsOf(name: string, limit: number): Theirs {
  const file = join(values.theirs, `${name}.json`);
  if (!existsSync(file)) {
    if (values.python === undefined) throw new Error(`There is no ${file}; give --python to make it`);
    mkdirSync(values.theirs, { recursive: true });
    const words = ["bench/peers/lm-eval.py", "--model", model!, "--data", data!, "--tasks", name];
    words.push("--limit", String(limit), "--max-tokens", String(maxTokens), "--out", file);
    execFileSync(values.python, words, { stdio: ["ignore", "ignore", "inherit"] });
  }
  return JSON.parse(readFileSync(file, "utf8"))[name];
}

/** Notes what the generator was asked and said; answers have as many tokens as the other side's. */
function recording(
  inner: Generator,
  likelihoods: Map<string, Loglikelihood>,
  texts: Map<string, Generation>,
): Generator {
  return {
    identity: inner.identity,
    contextLimit: inner.contextLimit,
    concurrency: inner.concurrency,
    degraded: inner.degraded,
    async generate(request): Promise<Generation> {
      const generation = await inner.generate({ ...request, maxTokens });
      if (request.prompt.kind === "text") texts.set(request.prompt.text, generation);
      return generation;
    },
    async loglikelihood(request): Promise<Loglikelihood> {
      const likelihood = await inner.loglikelihood!(request);
      likelihoods.set(JSON.stringify([request.context, request.continuation]), likelihood);
      return likelihood;
    },
  };
}

await using loaded = await loadModel(model, { mode: "exact", context: 2048, maxBatch: 16 });
const generator = await LocalGenerator.create(loaded);
console.log(
  `${values.model}, ${generator.identity.backend}, exact; load ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")}`,
);
console.log(
  "task | kind | items | metric | ours | theirs | points apart | same prompts | largest difference",
);
const report = [];
for (const name of values.tasks.split(",")) {
  const one = compared[name];
  if (one === undefined)
    throw new RangeError(`There is no ${name}; there are ${Object.keys(compared).join(", ")}`);
  const theirs = theirsOf(name, Number(values.limit ?? one.limit));
  const task = one.own.endsWith(".yaml") ? readTaskFile(join(values.harness, one.own)) : tasks.get(one.own)!;
  const set = one.rows
    ? taskData(one.rows())
    : await readTaskData(task, join(data, "eval"), { needsShots: false });
  const likelihoods = new Map<string, Loglikelihood>();
  const texts = new Map<string, Generation>();
  // One for each of its filters.
  const limit = new Set(theirs.samples.map(({ doc }) => doc)).size;
  const { result } = await runTask(task, set, recording(generator, likelihoods, texts), {
    limit,
    numShots: 0,
  });
  const samples = theirs.samples.flatMap(({ doc, prompt, answer, said }) =>
    prompt.map((words, at) => {
      const rolling = one.kind === "loglikelihood_rolling";
      if (one.kind === "generate_until") {
        const ours = texts.get(String(words[0]))?.text ?? null;
        // What it said before its filters.
        const their = said === undefined ? null : String(said[at]![0]);
        return {
          doc,
          prompt: words[0],
          ours,
          theirs: their,
          difference: Number(their !== null && ours !== their),
        };
      }
      const key = JSON.stringify(rolling ? ["", words[0]] : words);
      const ours = likelihoods.get(key)?.logprob ?? null;
      const first = answer[at];
      const their = Number(Array.isArray(first) ? first[0] : first);
      return {
        doc,
        prompt: words,
        ours,
        theirs: their,
        difference: ours === null ? 0 : Math.abs(ours - their),
      };
    }),
  );
  const same = samples.filter(({ ours }) => ours !== null).length;
  const largest = Math.max(...samples.map(({ difference }) => difference));
  const scores = one.metrics.map(([own, their]) => {
    const score: Score | undefined = result.scores[own];
    const scale = own.includes("perplexity") || own.includes("bits") ? 1 : 100;
    return {
      metric: own,
      ours: score?.value ?? null,
      theirs: theirs.scores[their] ?? null,
      apart: Math.abs((score?.value ?? NaN) - (theirs.scores[their] ?? NaN)) * scale,
    };
  });
  for (const { metric, ours, theirs: their, apart } of scores) {
    const figures = [ours, their].map((each) => each?.toFixed(4) ?? "-").join(" | ");
    const differ = samples.filter(({ difference }) => difference > 0).length;
    const how = one.kind === "generate_until" ? `${differ} other texts` : largest.toExponential(1);
    console.log(
      `${name} | ${one.kind} | ${limit} | ${metric} | ${figures} | ${apart.toFixed(3)} | ${same} of ${samples.length} | ${how}`,
    );
  }
  report.push({
    name,
    own: one.own,
    kind: one.kind,
    items: limit,
    errors: result.numErrors,
    scores,
    largest,
    same,
    samples,
  });
  if (values.out) writeFileSync(values.out, `${JSON.stringify(report)}\n`);
}
