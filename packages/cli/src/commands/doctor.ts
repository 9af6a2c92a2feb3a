import type { Checkpoint, ModelShapeName } from "@llamero/core";
import { homeFolder, listModels } from "@llamero/core/hub/store";
import { isOffline } from "@llamero/core/net/policy";
import type { Backend, KvDtype, WeightFormat } from "@llamero/kernels";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, modelFlags } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { type PredictedSpeed, predictSpeed, scaleSpeed } from "../machine/model-slice.ts";
import { measureReadBandwidth } from "../machine/read-bandwidth.ts";
import { pickBackend } from "../model/open-model.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { speedLimit } from "../model/run-stats.ts";
import { defaultModel } from "../model/shipped-model.ts";
import { colorsFor } from "../terminal/colors.ts";
import { formatBytes, formatNumber } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";
import { version } from "../version.ts";

/** How fast a model will be here. */
interface ExpectedSpeed {
  model: string;
  /** At best: a token reads all weights, and memory gives them no faster. */
  tokensPerSecond: number;
  /** What to expect; null when the model is too large to measure a slice of. */
  predicted: PredictedSpeed | null;
}

/** Models to give a feeling for, when there is none yet. */
const typicalModels: readonly { model: string; shape: ModelShapeName; format: WeightFormat }[] = [
  { model: "1B at 8 bits", shape: "llama3.2:1b", format: "q8_0" },
  { model: "1B at 4 bits", shape: "llama3.2:1b", format: "q4_0" },
  { model: "8B at 4 bits", shape: "llama3.1:8b", format: "q4_0" },
  { model: "70B at 4 bits", shape: "llama3.1:70b", format: "q4_0" },
];

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details:
    "Measures the memory, and runs a slice of a model (default: the newest in the store) with the real kernels for about two seconds to say what to expect of the whole. Without any model, says it for four typical ones.",
  flags: { backend: modelFlags.backend, threads: modelFlags.threads, kv: modelFlags.kv, json: jsonFlag },
  examples: ["llamero doctor", "llamero doctor Llama-3.2-1B --json"],
  async run([name], { backend: wanted, threads: wantedThreads, kv, json }) {
    const { openCheckpoint, tensorSizeBytes } = await import("@llamero/core");
    const stored = name === undefined ? await defaultModel() : await resolveLocal(name);
    const checkpoint: Checkpoint | null = stored === null ? null : openCheckpoint(stored.path);
    const chosen = await pickBackend({ backend: wanted, threads: wantedThreads });
    await using backend = chosen.backend;
    const degraded = [...chosen.degradations, ...backend.degradations];
    const readBandwidth = await measureReadBandwidth({
      ...(wantedThreads === null ? {} : { threads: wantedThreads }),
      ...(checkpoint === null ? {} : { sizeBytes: checkpoint.sizeBytes }),
    });
    const machine = describeMachine();
    const { bytesPerSecond } = readBandwidth;
    const expected: ExpectedSpeed[] =
      checkpoint === null
        ? await expectTypical(backend, bytesPerSecond, kv)
        : [
            {
              model: stored!.name,
              tokensPerSecond: speedLimit(checkpoint, kv, bytesPerSecond, tensorSizeBytes).tokensPerSecond(0),
              predicted: await predictSpeed(
                backend,
                { kind: "checkpoint", checkpoint },
                { kv, mode: "fast" },
              ),
            },
          ];
    const why = explainBackend(wanted, degraded.length);
    const facts = {
      version: version(),
      node: process.version,
      machine,
      backend: { name: backend.name, threads: backend.threads, why },
      degraded,
      readBandwidth,
      home: homeFolder(),
      models: (await listModels()).length,
      offline: isOffline(),
      expected,
    };
    if (json) {
      printJson(facts);
      return;
    }
    const memory = `${formatBytes(machine.availableMemoryBytes)} available of ${formatBytes(machine.totalMemoryBytes)}`;
    const rows = [
      ["llamero", `${facts.version}, Node ${facts.node}, ${machine.platform} ${machine.arch}`],
      ["processor", `${machine.cpu}, ${machine.cores} cores`],
      ["features", machine.features.join(" ") || "unknown"],
      ["memory", memory],
      ["reads", `${formatBytes(readBandwidth.bytesPerSecond)}/s with ${readBandwidth.threads} threads`],
      ["backend", `${backend.name}, ${backend.threads} threads: ${why}`],
      ["home", `${facts.home}, ${facts.models} ${facts.models === 1 ? "model" : "models"}`],
      ["network", facts.offline ? "forbidden (offline)" : "for downloads that you start"],
    ];
    process.stdout.write(`${formatTable([], rows)}\n`);
    const { yellow } = colorsFor(process.stdout);
    for (const { what, wanted: asked, used, why: reason } of degraded) {
      process.stdout.write(`${yellow("degraded")}  ${what}: ${used} instead of ${asked}: ${reason}\n`);
    }
    if (degraded.length === 0) process.stdout.write("degraded  nothing\n");
    process.stdout.write("\nSpeed to expect of one stream, short context, tokens per second:\n");
    const speeds = expected.map(({ model, tokensPerSecond, predicted }) => [
      `  ${model}`,
      predicted === null ? "-" : formatNumber(predicted.generationTokensPerSecond),
      formatNumber(tokensPerSecond),
      predicted === null ? "-" : formatNumber(predicted.promptTokensPerSecond),
    ]);
    process.stdout.write(formatTable(["  MODEL", "GENERATION", "AT BEST", "PROMPT"], speeds, [1, 2, 3]));
  },
});

/** Runs a slice of the smallest model in each format; larger ones follow from their bytes and operations. */
async function expectTypical(
  backend: Backend,
  bytesPerSecond: number,
  kv: KvDtype,
): Promise<ExpectedSpeed[]> {
  const { countParameters, modelShapes, planModel } = await import("@llamero/core");
  const measured = new Map<
    WeightFormat,
    { speed: PredictedSpeed | null; bytes: number; operations: number }
  >();
  const expected: ExpectedSpeed[] = [];
  for (const { model, shape, format } of typicalModels) {
    const config = modelShapes[shape];
    const tableWeights = config.vocabSize * config.hiddenSize;
    // A table of embeddings beside the head is looked up, not read.
    const { weightBytes } = planModel(config, format);
    const lookedUp = config.tieWordEmbeddings ? 0 : tableWeights / countParameters(config);
    const bytes = weightBytes * (1 - lookedUp);
    const operations = countParameters(config) - tableWeights * (config.tieWordEmbeddings ? 1 : 2);
    let base = measured.get(format);
    if (base === undefined) {
      const speed = await predictSpeed(backend, { kind: "shape", config, format }, { kv, mode: "fast" });
      base = { speed, bytes, operations };
      measured.set(format, base);
    }
    const ratio = { bytes: bytes / base.bytes, operations: operations / base.operations };
    const predicted = base.speed === null ? null : scaleSpeed(base.speed, ratio);
    expected.push({ model, tokensPerSecond: bytesPerSecond / bytes, predicted });
  }
  return expected;
}

function explainBackend(wanted: string | null, numDegraded: number): string {
  if (wanted !== null) return "asked for by name";
  return numDegraded === 0
    ? "the fastest that this machine can run"
    : "the fastest that works here; see below";
}
