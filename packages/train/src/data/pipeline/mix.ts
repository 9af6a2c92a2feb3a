import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Document } from "../document.ts";
import type { ShardInfo, Shards } from "../output/shards.ts";
import { splitLines } from "../readers/lines.ts";
import { openBytes } from "../readers/open-bytes.ts";
import type { MixConfig } from "./config.ts";
import type { Count } from "./tally.ts";

/** What the mix does with one group. */
export interface MixGroup {
  name: string;
  /** Share asked for, of 1. */
  target: number;
  available: Count;
  /** How often each document occurs on average. */
  epochs: number;
  /** Whether `maxEpochs` held it below its target. */
  isCapped: boolean;
}

/** Where the mix stands: which pass over the curated shards, which shard, which line, and what was counted so far. */
export interface MixCursor {
  pass: number;
  shard: number;
  line: number;
  /** Documents of each group seen in this pass. */
  seen: Record<string, number>;
  /** What was written of each group. */
  written: Record<string, Count>;
}

/** The group of a document; documents without one have none. */
export function groupOf(document: Document, by: MixConfig["by"]): string {
  const value = by === "source" ? document.source : document.meta[by];
  return typeof value === "string" ? value : "none";
}

/**
 * How often each group is taken. Without a total, the largest mix with the exact shares; with one, groups that cannot
 * give enough within `maxEpochs` give all they can and the others fill up in proportion.
 */
export function planMix(config: MixConfig, groups: Readonly<Record<string, Count>>): MixGroup[] {
  const names = [...new Set([...Object.keys(config.targets), ...Object.keys(groups)])].sort();
  const sum = Object.values(config.targets).reduce((all, share) => all + share, 0);
  const rows = names.map((name) => ({
    name,
    target: (config.targets[name] ?? 0) / sum,
    available: groups[name] ?? { documents: 0, textBytes: 0 },
    epochs: 0,
    isCapped: false,
  }));
  const active = rows.filter(({ target, available }) => target > 0 && available.textBytes > 0);
  if (active.length === 0)
    throw new RangeError("No document belongs to a group with a target; see mix.targets");
  const activeShare = active.reduce((all, row) => all + row.target, 0);
  const most = Math.min(
    ...active.map((row) => (row.available.textBytes * config.maxEpochs) / (row.target / activeShare)),
  );
  let left = config.totalBytes ?? most;
  let open = active;
  while (open.length > 0) {
    const share = open.reduce((all, row) => all + row.target, 0);
    const isOver = (row: MixGroup): boolean =>
      (left * row.target) / share > row.available.textBytes * config.maxEpochs * (1 + 1e-9);
    const over = open.filter(isOver);
    const fixed = over.length > 0 ? over : open;
    const before = left;
    for (const row of fixed) {
      row.isCapped = over.length > 0;
      row.epochs = row.isCapped ? config.maxEpochs : (before * row.target) / share / row.available.textBytes;
      left -= row.epochs * row.available.textBytes;
    }
    open = open.filter((row) => !fixed.includes(row));
  }
  return rows;
}

/** How often the document with this number in its group is taken: evenly spread, whatever its length. */
export function copiesOf(index: number, epochs: number, phase: number): number {
  // A hair above, so that sums of fractions that should be whole are.
  const at = (count: number): number => Math.floor(phase + epochs * count + 1e-9);
  return at(index + 1) - at(index);
}

/** Where in its cycle a group starts. */
export function phaseOf(group: string, seed: number): number {
  return createHash("sha256").update(`${seed}:${group}`).digest().readUInt32LE(0) / 2 ** 32;
}

/**
 * Writes the mix from curated shards. Each pass writes at most one copy of a document, so that copies lie far apart.
 * `commit` runs after every full shard.
 */
export async function writeMix(
  curated: readonly ShardInfo[],
  folder: string,
  groups: readonly MixGroup[],
  config: MixConfig,
  shards: Shards,
  shardBytes: number,
  cursor: MixCursor,
  commit: (cursor: MixCursor) => Promise<void>,
): Promise<void> {
  const epochs = new Map(groups.map((group) => [group.name, group.epochs]));
  const phases = new Map(groups.map(({ name }) => [name, phaseOf(name, config.seed)]));
  const passes = Math.max(...groups.map((group) => Math.ceil(group.epochs)));
  for (; cursor.pass < passes; nextPass(cursor)) {
    for (; cursor.shard < curated.length; cursor.shard++, cursor.line = 0) {
      const bytes = openBytes(join(folder, curated[cursor.shard]!.file));
      const done = cursor.line;
      for await (const { number, body } of splitLines(bytes, Number.MAX_SAFE_INTEGER)) {
        if (number <= done) continue;
        cursor.line = number;
        const document = JSON.parse(Buffer.from(body!).toString()) as Document;
        const group = groupOf(document, config.by);
        const index = cursor.seen[group] ?? 0;
        cursor.seen[group] = index + 1;
        const copies = copiesOf(index, epochs.get(group) ?? 0, phases.get(group) ?? 0);
        if (copies <= cursor.pass) continue;
        const textBytes = Buffer.byteLength(document.text);
        const copy = cursor.pass === 0 ? document : { ...document, id: `${document.id}~${cursor.pass + 1}` };
        await shards.append(copy, textBytes);
        cursor.written[group] ??= { documents: 0, textBytes: 0 };
        const written = cursor.written[group];
        written.documents++;
        written.textBytes += textBytes;
        if (shards.openBytes >= shardBytes) await commit(cursor);
      }
    }
  }
}

function nextPass(cursor: MixCursor): void {
  cursor.pass++;
  cursor.shard = 0;
  cursor.line = 0;
  cursor.seen = {};
}
