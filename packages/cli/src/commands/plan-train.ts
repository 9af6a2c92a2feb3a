import type { LlamaConfig } from "@llamero/core";
import type { TrainingPlan } from "@llamero/train/plan";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes, UsageError } from "../errors.ts";
import { jsonFlag, numberFlag, sizeFlag } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { formatBytes, formatDuration, formatNumber } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";
import { machineRate } from "../train/machine-rate.ts";
import { readPretrainFile } from "../train/read-recipe.ts";

/** Work to plan for. */
interface Subject {
  config: LlamaConfig;
  tokens: number;
  length: number;
  maxRows: number;
  checkpoints: number;
  /** null where it follows from tokens and length. */
  flops: number | null;
}

const adapterTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

export const command: CommandDefinition = defineCommand({
  arguments: "<recipe> [overrides...]",
  details: `The recipe is that of train pretrain, or a published shape such as llama3.2:1b with --tokens. Values are f32. The time is
the operations by the rate of matrix products measured here (or --flops), of which training gets the share --efficiency.
Exit code 1 where it does not fit into the memory that is free.`,
  flags: {
    tokens: sizeFlag("--tokens <n>", "tokens to train on, such as 20M, instead of the recipe's"),
    length: sizeFlag("--length <n>", "rows of a sequence, of a published shape (512)"),
    rows: sizeFlag("--rows <n>", "tokens computed at once, of a published shape (4096)"),
    lora: numberFlag("--lora <rank>", "train an adapter of this rank on all linears", null, {
      min: 1,
      isInteger: true,
    }),
    flops: numberFlag("--flops <n>", "operations a second, instead of measuring", null, { min: 1 }),
    efficiency: numberFlag("--efficiency <share>", "share of that rate that training gets", 0.5, {
      min: 0.01,
      max: 1,
    }),
    threads: numberFlag("-t, --threads <n>", "threads to measure with (default: all cores)", null, {
      min: 1,
      max: 1024,
      isInteger: true,
    }),
    json: jsonFlag,
  },
  examples: [
    "llamero plan train base.yaml batch.steps=4000",
    "llamero plan train llama3.2:1b --tokens 20M --lora 16",
  ],
  async run(_args, values, [name, ...overrides]) {
    const { admitTraining, planTraining } = await import("@llamero/train/plan");
    const subject = await findSubject(name!, overrides, values);
    const { flops, ...rest } = subject;
    const operationsPerSecond = values.flops ?? (await machineRate(values.threads));
    const plan = planTraining({
      ...rest,
      ...(flops === null ? {} : { flops }),
      ...(values.lora === null
        ? {}
        : { lora: { rank: values.lora, alpha: 2 * values.lora, targets: adapterTargets } }),
      operationsPerSecond,
      efficiency: values.efficiency,
    });
    const { availableMemoryBytes } = describeMachine();
    const fits = plan.totalBytes <= availableMemoryBytes;
    const { config: _, ...work } = rest;
    if (values.json)
      printJson({
        name,
        ...work,
        ...plan,
        operationsPerSecond,
        efficiency: values.efficiency,
        availableMemoryBytes,
        fits,
      });
    else print(name!, subject, plan, operationsPerSecond, values.efficiency);
    if (fits) return exitCodes.ok;
    try {
      admitTraining(plan, availableMemoryBytes);
    } catch (error) {
      process.stderr.write(`${(error as Error).message}\n`);
    }
    return exitCodes.fault;
  },
});

async function findSubject(
  name: string,
  overrides: readonly string[],
  { tokens, length, rows }: { tokens: number | null; length: number | null; rows: number | null },
): Promise<Subject> {
  const { isModelShapeName, modelShapes } = await import("@llamero/core");
  if (isModelShapeName(name)) {
    if (overrides.length > 0) throw new UsageError(`${name} is a shape, which takes no ${overrides[0]}`);
    if (tokens === null) throw new UsageError(`--tokens is missing: how many tokens ${name} is trained on`);
    const config = modelShapes[name];
    return { config, tokens, length: length ?? 512, maxRows: rows ?? 4096, checkpoints: 3, flops: null };
  }
  if (length !== null || rows !== null)
    throw new UsageError(
      "--length and --rows are for published shapes",
      "batch.length=N and batch.microTokens=N change the recipe",
    );
  const recipe = await readPretrainFile(name, overrides);
  const { describeRecipeRun } = await import("@llamero/train/plan");
  const { runOrExplain } = await import("../train/run-or-explain.ts");
  const run = await runOrExplain(() => describeRecipeRun(recipe));
  return {
    config: run.config,
    tokens: tokens ?? run.tokens,
    length: recipe.batch.length,
    maxRows: run.maxRows,
    // The newest ones and the best.
    checkpoints: recipe.keep + 1,
    flops: (run.flops / run.tokens) * (tokens ?? run.tokens),
  };
}

function print(
  name: string,
  subject: Subject,
  plan: TrainingPlan,
  operationsPerSecond: number | null,
  efficiency: number,
): void {
  const count = (value: number): string => value.toLocaleString("en-US");
  const trained =
    plan.trainableParameters === plan.parameters
      ? ""
      : `, ${count(plan.trainableParameters)} of them trained`;
  process.stdout.write(
    `${name}: ${count(plan.parameters)} parameters${trained}, ${count(subject.tokens)} tokens, sequences of ${count(subject.length)}\n\n`,
  );
  const rows = [
    ["weights", formatBytes(plan.weightBytes)],
    ["gradients", formatBytes(plan.gradientBytes)],
    ["moments", formatBytes(plan.momentBytes)],
    [`activations of ${count(subject.maxRows)} rows`, formatBytes(plan.activationBytes)],
    ["memory", formatBytes(plan.totalBytes)],
    ["disk", formatBytes(plan.diskBytes)],
  ];
  process.stdout.write(`${formatTable(["TAKES", "SIZE"], rows, [1])}\n`);
  process.stdout.write(
    `${plan.flopsPerToken.toExponential(2)} operations per token, ${plan.flops.toExponential(2)} in all\n`,
  );
  process.stdout.write(
    operationsPerSecond === null || plan.seconds === null
      ? "The rate of this machine cannot be told; give --flops\n"
      : `${formatNumber(plan.tokensPerSecond!)} tokens/s at ${Math.round(100 * efficiency)} % of ${(operationsPerSecond / 1e9).toFixed(1)} GFLOP/s: ${formatDuration(plan.seconds)}\n`,
  );
}
