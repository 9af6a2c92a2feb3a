import { join } from "node:path";
import { collectSourceDuties, type SourceDuty } from "../../synth/license/source-duties.ts";
import { writeAtomic } from "../output/atomic-file.ts";
import type { ShardInfo } from "../output/shards.ts";
import type { Checkpoint } from "../pipeline/checkpoint.ts";
import type { CurateConfig } from "../pipeline/config.ts";
import type { InputConfig } from "../pipeline/inputs.ts";
import type { MixGroup } from "../pipeline/mix.ts";
import { hashOf, type Settings } from "../pipeline/settings.ts";
import type { Count, TallyData } from "../pipeline/tally.ts";
import type { Stage } from "../stage.ts";
import { renderPage } from "./page.ts";

/** Where the data is from and what was done to it: enough to make it again. */
export interface Lineage {
  name: string;
  /** Of `settings` and the digests of the inputs. */
  hash: string;
  settings: Settings;
  stages: readonly { name: string; version: number; dropped: number; changed: number }[];
  sources: readonly { name: string; license: string; credit: string | null; read: Count; kept: Count }[];
  /** `sha256` is null where a file could not be read to its end. */
  inputs: readonly { source: string; file: string; sizeBytes: number; sha256: string | null }[];
  shards: readonly ShardInfo[];
  /** What licences ask of a model trained on the texts. */
  duties: readonly SourceDuty[];
  modelName: string | null;
}

/** One group of the mix, as it came out. */
export interface MixOutcome extends MixGroup {
  written: Count;
}

/** Everything that the report page shows; holds no times, so that the same run gives the same report. */
export interface CurateReport {
  lineage: Lineage;
  tally: TallyData;
  mix: { by: string; groups: readonly MixOutcome[] } | null;
  output: Count & { shards: number; sizeBytes: number };
}

/** Puts the state at the end of a run into words and numbers. */
export function buildReport(
  config: CurateConfig,
  state: Checkpoint,
  stages: readonly Stage[],
  inputs: readonly InputConfig[],
  groups: readonly MixGroup[] | null,
): CurateReport {
  const { tally } = state;
  const shards = config.mix === null ? state.curated : state.mixed;
  const files = inputs.map(({ input, sizeBytes }, index) => ({
    source: input.sourceName,
    file: input.file,
    sizeBytes,
    sha256: state.digests[index]?.sizeBytes === sizeBytes ? state.digests[index].sha256 : null,
  }));
  const sum = (values: Iterable<number>): number => Array.from(values).reduce((all, value) => all + value, 0);
  return {
    lineage: {
      name: config.name,
      hash: hashOf({ settings: state.settings, inputs: files }),
      settings: state.settings,
      stages: stages.map(({ name, version }, index) => {
        const { drops, changes } = tally.stages[index + 1]!;
        const dropped = sum(Object.values(drops).map(({ documents }) => documents));
        return { name, version, dropped, changed: sum(Object.values(changes)) };
      }),
      sources: config.sources.map(({ name, license, credit }) => ({
        name,
        license,
        credit,
        ...tally.sources[name]!,
      })),
      inputs: files,
      shards,
      duties: dutiesOf(config, inputs),
      modelName: config.modelName,
    },
    tally,
    mix:
      groups === null
        ? null
        : {
            by: config.mix!.by,
            groups: groups.map((group) => ({
              ...group,
              written: state.mixCursor?.written[group.name] ?? { documents: 0, textBytes: 0 },
            })),
          },
    output: {
      documents: sum(shards.map(({ documents }) => documents)),
      textBytes: sum(shards.map(({ textBytes }) => textBytes)),
      shards: shards.length,
      sizeBytes: sum(shards.map(({ sizeBytes }) => sizeBytes)),
    },
  };
}

/** Duties of the sources. Throws where the name of the model does not meet them. */
export function dutiesOf(config: CurateConfig, inputs: readonly InputConfig[]): SourceDuty[] {
  const sources = config.sources.map(({ name, license }) => ({
    name,
    license,
    paths: inputs.flatMap(({ input }) => (input.sourceName === name ? [input.path] : [])),
  }));
  return collectSourceDuties(sources, config.modelName);
}

/** Writes `report.json`, `report.html` and `lineage.json`. */
export function writeReports(folder: string, report: CurateReport): void {
  writeAtomic(join(folder, "lineage.json"), `${JSON.stringify(report.lineage, null, 2)}\n`);
  writeAtomic(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeAtomic(join(folder, "report.html"), renderPage(report));
}
