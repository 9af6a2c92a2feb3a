import type { Checkpoint } from "@llamero/core";
import { homeFolder, listModels, newestModel } from "@llamero/core/hub/store";
import { isOffline } from "@llamero/core/net/policy";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag, modelFlags } from "../flags.ts";
import { describeMachine } from "../machine/cpu.ts";
import { measureReadBandwidth } from "../machine/read-bandwidth.ts";
import { pickBackend } from "../model/open-model.ts";
import { resolveLocal } from "../model/resolve-model.ts";
import { speedLimit } from "../model/run-stats.ts";
import { colorsFor } from "../terminal/colors.ts";
import { formatBytes, formatNumber } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";
import { version } from "../version.ts";

/** How fast a model can be here at best: a token reads all weights, and memory gives them no faster. */
interface ExpectedSpeed {
  model: string;
  tokensPerSecond: number;
}

/** Sizes of weights to give a feeling for, when there is no model yet. */
const typicalSizes: readonly [model: string, bytes: number][] = [
  ["1B at 8 bits", 1.3e9],
  ["1B at 4 bits", 0.8e9],
  ["8B at 4 bits", 4.7e9],
  ["70B at 4 bits", 40e9],
];

export const command: CommandDefinition = defineCommand({
  arguments: "[model]",
  details:
    "Measures the memory for a third of a second. With a model (default: the newest in the store), says what to expect of it.",
  flags: { backend: modelFlags.backend, threads: modelFlags.threads, kv: modelFlags.kv, json: jsonFlag },
  examples: ["llamero doctor", "llamero doctor Llama-3.2-1B --json"],
  async run([name], { backend: wanted, threads: wantedThreads, kv, json }) {
    const { openCheckpoint, tensorSizeBytes } = await import("@llamero/core");
    const stored = name === undefined ? await newestModel() : await resolveLocal(name);
    const checkpoint: Checkpoint | null = stored === null ? null : openCheckpoint(stored.path);
    const chosen = await pickBackend({ backend: wanted, threads: wantedThreads });
    await using backend = chosen.backend;
    const degraded = [...chosen.degradations, ...backend.degradations];
    const readBandwidth = await measureReadBandwidth({
      ...(wantedThreads === null ? {} : { threads: wantedThreads }),
      ...(checkpoint === null ? {} : { sizeBytes: checkpoint.sizeBytes }),
    });
    const machine = describeMachine();
    const expected: ExpectedSpeed[] =
      checkpoint === null
        ? typicalSizes.map(([model, bytes]) => ({
            model,
            tokensPerSecond: readBandwidth.bytesPerSecond / bytes,
          }))
        : [
            {
              model: stored!.name,
              tokensPerSecond: speedLimit(
                checkpoint,
                kv,
                readBandwidth.bytesPerSecond,
                tensorSizeBytes,
              ).tokensPerSecond(0),
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
    process.stdout.write("\nSpeed of one stream at best, short context:\n");
    const speeds = expected.map(({ model, tokensPerSecond }) => [
      `  ${model}`,
      `${formatNumber(tokensPerSecond)} tok/s`,
    ]);
    process.stdout.write(formatTable([], speeds, [1]));
  },
});

function explainBackend(wanted: string | null, numDegraded: number): string {
  if (wanted !== null) return "asked for by name";
  return numDegraded === 0
    ? "the fastest that this machine can run"
    : "the fastest that works here; see below";
}
