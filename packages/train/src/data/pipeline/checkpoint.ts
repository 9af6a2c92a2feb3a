import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFolder, writeAtomic } from "../output/atomic-file.ts";
import type { ShardInfo } from "../output/shards.ts";
import type { FileDigest } from "../readers/read-file.ts";
import type { Stage } from "../stage.ts";
import type { MixCursor } from "./mix.ts";
import type { Settings } from "./settings.ts";
import type { TallyData } from "./tally.ts";
import type { Cursor } from "./units.ts";

/** Where a run stands after a shard; the file that holds it is replaced in one step. */
export interface Checkpoint {
  settings: Settings;
  /** Size and time of every input, as they were at the start. */
  inputs: readonly { file: string; sizeBytes: number; modifiedMs: number }[];
  phase: "stages" | "mix" | "reports" | "done";
  /** Counts the checkpoints, and names the folder with the memory of the stages. */
  step: number;
  cursor: Cursor;
  /** Readings so far. */
  readings: number;
  digests: (FileDigest | null)[];
  tally: TallyData;
  /** What the stages wrote. */
  curated: ShardInfo[];
  /** What the mix wrote. */
  mixed: ShardInfo[];
  mixCursor: MixCursor | null;
}

/** Reads and writes the state of a run in one folder. */
export class CheckpointFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  read(): Checkpoint | null {
    const path = join(this.#folder, "checkpoint.json");
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Checkpoint) : null;
  }

  /** Brings fresh stages to where they were, and clears what no checkpoint refers to. */
  async restore(checkpoint: Checkpoint | null, stages: readonly Stage[]): Promise<void> {
    const current = checkpoint === null ? null : memoryName(checkpoint.step);
    for (const name of readdirSync(this.#folder))
      if (name.startsWith("memory-") && name !== current)
        rmSync(join(this.#folder, name), { recursive: true });
    if (checkpoint?.phase !== "stages") return;
    for (const [index, stage] of stages.entries())
      if (stage.kind === "global") await stage.load(join(this.#folder, current!, String(index)));
  }

  /** Saves the memory of the stages, then the checkpoint; a crash in between leaves the checkpoint before. */
  async write(checkpoint: Checkpoint, stages: readonly Stage[]): Promise<void> {
    if (checkpoint.phase === "stages") {
      const memory = join(this.#folder, memoryName(checkpoint.step));
      rmSync(memory, { recursive: true, force: true });
      mkdirSync(memory);
      for (const [index, stage] of stages.entries()) {
        if (stage.kind !== "global") continue;
        const folder = join(memory, String(index));
        mkdirSync(folder);
        await stage.save(folder);
      }
      syncFolder(memory);
    }
    writeAtomic(join(this.#folder, "checkpoint.json"), JSON.stringify(checkpoint));
    for (const name of readdirSync(this.#folder)) {
      const isOld =
        name.startsWith("memory-") && (checkpoint.phase !== "stages" || name !== memoryName(checkpoint.step));
      if (isOld) rmSync(join(this.#folder, name), { recursive: true });
    }
  }
}

function memoryName(step: number): string {
  return `memory-${step}`;
}
