import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { GeneratorIdentity } from "@llamero/eval";
import type { Document, Json } from "../data/document.ts";
import { writeAtomic } from "../data/output/atomic-file.ts";
import type { ShardInfo } from "../data/output/shards.ts";
import { hashOf } from "../data/pipeline/settings.ts";
import { emptyTally, Tally } from "../data/pipeline/tally.ts";
import { type CurateReport, type Lineage, writeReports } from "../data/report/build-report.ts";
import { writeCard } from "./card.ts";
import { dropStages } from "./kind.ts";
import type { TeacherLicense } from "./license/teacher-license.ts";
import type { SynthRecipe } from "./recipe.ts";
import type { SourceTexts } from "./sources.ts";
import { type SettledItem, type SynthResult, synthVersion } from "./synthesize.ts";

/** Everything that output is made of. */
export interface RunEnd {
  license: TeacherLicense;
  identity: GeneratorIdentity;
  judge: GeneratorIdentity | null;
  sources: readonly SourceTexts[];
  settled: readonly SettledItem[];
  failures: readonly string[];
  limit: number | null;
}

/** Lineage of made records: that of curation, with the teacher and its duties. */
export interface SynthLineage extends Lineage {
  teacher: { model: string; modelHash: string | null; templateHash: string | null; license: TeacherLicense };
  judge: { model: string; modelHash: string | null } | null;
}

/** Writes records, card, report and lineage, each in one step. */
export function writeSynthOutput(recipe: SynthRecipe, end: RunEnd): SynthResult {
  const { settled, failures, license, identity } = end;
  const made = settled.flatMap(({ outcome }) => (outcome.status === "made" ? [outcome] : []));
  const files: ShardInfo[] = [];
  mkdirSync(join(recipe.out, "data"), { recursive: true });
  for (const [file, records] of [
    ["data/chat.jsonl", made.filter(({ record }) => record.messages !== undefined)],
    ["data/preference.jsonl", made.filter(({ record }) => record.prompt !== undefined)],
  ] as const) {
    const text = records.map(({ record }) => `${JSON.stringify(record)}\n`).join("");
    if (records.length > 0 || file === "data/chat.jsonl") {
      writeAtomic(join(recipe.out, file), text);
      files.push({
        file,
        documents: records.length,
        textBytes: records.reduce((sum, each) => sum + Buffer.byteLength(each.text), 0),
        sizeBytes: Buffer.byteLength(text),
        sha256: createHash("sha256").update(text).digest("hex"),
      });
    }
  }
  const tally = tallyOf(recipe, end);
  const lineage = lineageOf(recipe, end, tally, files);
  const report: CurateReport = {
    lineage,
    tally: tally.data,
    mix: null,
    output: {
      documents: made.length,
      textBytes: tally.data.kept.textBytes,
      shards: files.length,
      sizeBytes: files.reduce((sum, each) => sum + each.sizeBytes, 0),
    },
  };
  writeReports(recipe.out, report);
  const drops: Record<string, number> = {};
  for (const { outcome } of settled) {
    if (outcome.status !== "dropped") continue;
    const key = `${outcome.stage}: ${outcome.reason}`;
    drops[key] = (drops[key] ?? 0) + 1;
  }
  writeAtomic(
    join(recipe.out, "card.md"),
    writeCard(recipe, { license, identity, made, drops, end, lineageHash: lineage.hash }),
  );
  return {
    numItems: settled.length + failures.length,
    numKept: made.length,
    numDropped: settled.length - made.length,
    numFailed: failures.length,
    firstFailure: failures[0] ?? null,
    drops,
    files: files.map(({ file, documents, sha256 }) => ({ file, records: documents, sha256 })),
    report,
  };
}

function tallyOf(recipe: SynthRecipe, { settled, sources }: RunEnd): Tally {
  const names = recipe.tasks.map(({ name }) => name);
  const tally = new Tally(emptyTally([...dropStages], names));
  for (const error of sources.flatMap(({ errors }) => errors)) tally.error(error);
  for (const { task, outcome } of settled) {
    const { text, item } = outcome;
    const language = outcome.status === "made" ? outcome.record.meta["language"]! : "en";
    const document: Document = { id: item, text, source: task.name, meta: { language } };
    const sizeBytes = Buffer.byteLength(text);
    tally.read(task.name, text.length, sizeBytes);
    if (outcome.status === "made") tally.keep(document, sizeBytes, null);
    else
      tally.drop(
        dropStages.indexOf(outcome.stage),
        document,
        sizeBytes,
        outcome.reason,
        outcome.detail ?? undefined,
      );
  }
  return tally;
}

function lineageOf(
  recipe: SynthRecipe,
  end: RunEnd,
  { data }: Tally,
  shards: readonly ShardInfo[],
): SynthLineage {
  const { license, identity, judge, sources, limit } = end;
  const { folder: _, out: __, ...rest } = recipe;
  const settings = JSON.parse(
    JSON.stringify({ version: synthVersion, recipe: rest, limit, stages: { filters: recipe.filters } }),
  ) as Readonly<Record<string, Json>>;
  const inputs = sources.flatMap(({ files }) =>
    files.map(({ task, file, sizeBytes, sha256 }) => ({ source: task, file, sizeBytes, sha256 })),
  );
  const { model, modelHash, templateHash } = identity;
  const teacher = { model, modelHash, templateHash, license };
  return {
    name: recipe.name,
    hash: hashOf({ settings, inputs, teacher: JSON.parse(JSON.stringify(teacher)) as Json }),
    settings,
    stages: dropStages.map((name, index) => {
      const drops = Object.values(data.stages[index + 1]!.drops);
      return {
        name,
        version: synthVersion,
        dropped: drops.reduce((sum, each) => sum + each.documents, 0),
        changed: 0,
      };
    }),
    sources: recipe.tasks.map(({ name, source }) => ({
      name,
      license: [license.license, ...(source === null ? [] : [`source: ${source.license}`])].join("; "),
      credit: license.duty?.notice ?? null,
      ...data.sources[name]!,
    })),
    inputs,
    shards,
    duties: license.duty === null ? [] : recipe.tasks.map(({ name }) => ({ source: name, ...license.duty! })),
    teacher,
    judge: judge === null ? null : { model: judge.model, modelHash: judge.modelHash },
    modelName: recipe.modelName,
  };
}
