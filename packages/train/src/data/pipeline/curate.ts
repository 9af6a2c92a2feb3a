import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type ShardInfo, Shards } from "../output/shards.ts";
import type { InputError } from "../readers/record.ts";
import { buildReport, type CurateReport, dutiesOf, writeReports } from "../report/build-report.ts";
import type { Stage } from "../stage.ts";
import { type Checkpoint, CheckpointFolder } from "./checkpoint.ts";
import type { CurateConfig } from "./config.ts";
import { type InputConfig, listInputs } from "./inputs.ts";
import { lockFolder } from "./lock-folder.ts";
import { makeStages } from "./make-stages.ts";
import { groupOf, type MixGroup, planMix, writeMix } from "./mix.ts";
import { findDifference, settingsOf } from "./settings.ts";
import { settle } from "./settle.ts";
import { emptyTally, Tally } from "./tally.ts";
import { packUnit, readUnits, type Unit } from "./units.ts";
import { type Worked, type WorkerSetup, workUnit } from "./work.ts";
import { WorkerPool } from "./worker-pool.ts";

/** How to run; nothing here changes what is written, except `limit`. */
export interface CurateOptions {
  /** Threads; 0 works in the calling thread. Default: one less than the processors. */
  workers?: number;
  /** Stop after this many documents of input. */
  limit?: number | null;
  /** Throw at the first input that cannot be read. */
  isStrict?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: CurateProgress) => void;
}

export interface CurateProgress {
  phase: "stages" | "mix";
  /** Bytes of input files that are done, of all. Compressed files count as they are on the disk. */
  doneBytes: number;
  totalBytes: number;
  documents: number;
  kept: number;
  textBytes: number;
  shards: number;
  /** Whether this run goes on where another stopped. */
  isContinued: boolean;
}

/** Runs a configuration to its end, or goes on where a run of the same configuration stopped. */
export async function curate(config: CurateConfig, options: CurateOptions = {}): Promise<CurateReport> {
  const { folder } = config.output;
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(folder);
  try {
    return await new Run(config, options, await makeStages(config.stages, config.folder)).run();
  } finally {
    unlock();
  }
}

class Run {
  readonly #config: CurateConfig;
  readonly #options: CurateOptions;
  readonly #stages: readonly Stage[];
  readonly #inputs: readonly InputConfig[];
  readonly #folder: CheckpointFolder;
  #isContinued = false;

  constructor(config: CurateConfig, options: CurateOptions, stages: readonly Stage[]) {
    this.#config = config;
    this.#options = options;
    this.#stages = stages;
    this.#inputs = listInputs(config);
    // Refused before any work is done.
    dutiesOf(config, this.#inputs);
    this.#folder = new CheckpointFolder(join(config.output.folder, ".state"));
  }

  async run(): Promise<CurateReport> {
    const state = await this.#open();
    if (state.phase === "stages") await this.#runStages(state);
    let groups: MixGroup[] | null = null;
    if (this.#config.mix !== null) {
      groups = planMix(this.#config.mix, state.tally.groups);
      if (state.phase === "mix") await this.#runMix(state, groups);
    }
    const report = buildReport(this.#config, state, this.#stages, this.#inputs, groups);
    writeReports(this.#config.output.folder, report);
    if (state.phase !== "done") {
      state.phase = "done";
      await this.#folder.write(state, this.#stages);
    }
    if (this.#config.mix !== null) rmSync(this.#curatedFolder(), { recursive: true, force: true });
    return report;
  }

  /** The last checkpoint, or a fresh start. Refuses where anything that decides has changed. */
  async #open(): Promise<Checkpoint> {
    const { output, sources, mix } = this.#config;
    const settings = JSON.parse(
      JSON.stringify(settingsOf(this.#config, this.#stages, this.#options.limit ?? null)),
    ) as Checkpoint["settings"];
    const inputs = this.#inputs.map(({ input, sizeBytes, modifiedMs }) => ({
      file: input.file,
      sizeBytes,
      modifiedMs,
    }));
    const found = this.#folder.read();
    if (found !== null) {
      const difference = findDifference(found.settings, settings);
      const where = `The run in ${output.folder} cannot be continued`;
      const remedy = "Put it back, or take another output folder";
      if (difference !== null) throw new RangeError(`${where}: ${difference} has changed since. ${remedy}`);
      const changed = findDifference(found.inputs, inputs);
      if (changed !== null) {
        const index = Number(/\d+/.exec(changed)?.[0]);
        const file = found.inputs[index]?.file ?? inputs[index]?.file;
        throw new RangeError(`${where}: input ${file} has changed since. ${remedy}`);
      }
      this.#isContinued = true;
    }
    await this.#folder.restore(found, this.#stages);
    if (found !== null) return found;
    const tally = emptyTally(
      this.#config.stages.map(({ name }) => name),
      sources.map(({ name }) => name),
    );
    for (const name of Object.keys(mix?.targets ?? {})) tally.groups[name] = { documents: 0, textBytes: 0 };
    return {
      settings,
      inputs,
      phase: "stages",
      step: 0,
      cursor: { file: 0, readings: 0 },
      readings: 0,
      digests: inputs.map(() => null),
      tally,
      curated: [],
      mixed: [],
      mixCursor: null,
    };
  }

  async #runStages(state: Checkpoint): Promise<void> {
    const { mix, output } = this.#config;
    const shards =
      mix === null
        ? new Shards(this.#dataFolder(), output.format, state.curated)
        : new Shards(this.#curatedFolder(), "jsonl.zst", state.curated);
    const tally = new Tally(state.tally);
    let sinceCheckpoint = 0;
    try {
      for await (const { unit, worked } of this.#workInOrder(state)) {
        for (const result of worked) {
          if (result.error !== undefined) {
            this.#refuse(result.error);
            tally.error(result.error);
            continue;
          }
          const kept = settle(result, this.#stages, tally);
          if (kept === null) continue;
          const textBytes = Buffer.byteLength(kept.text);
          tally.keep(kept, textBytes, mix === null ? null : groupOf(kept, mix.by));
          await shards.append(kept, textBytes);
        }
        state.cursor = unit.next;
        state.readings += unit.readings.length;
        for (const { file, digest } of unit.finished) state.digests[file] = digest;
        sinceCheckpoint += unit.sizeBytes;
        this.#progress("stages", state, shards);
        if (shards.openBytes >= output.shardBytes || sinceCheckpoint >= output.checkpointBytes) {
          await this.#commit(state, shards, state.curated);
          sinceCheckpoint = 0;
        }
      }
      const last = await shards.finish();
      if (last !== null) state.curated.push(last);
      state.step++;
      state.phase = mix === null ? "reports" : "mix";
      await this.#folder.write(state, this.#stages);
    } finally {
      shards.abandon();
    }
  }

  /** Units in the order of the input, worked on by as many threads as there are; the queue bounds what is held. */
  async *#workInOrder(state: Checkpoint): AsyncGenerator<{ unit: Unit; worked: Worked[] }> {
    const { sources, stages, folder } = this.#config;
    const setup: WorkerSetup = {
      folder,
      stages,
      schemas: sources.map(({ name, text, url, meta }) => ({ name, text, url, meta })),
    };
    const count = this.#options.workers ?? Math.max(1, availableParallelism() - 1);
    const limit = (this.#options.limit ?? Number.POSITIVE_INFINITY) - state.readings;
    const pool = count === 0 ? null : new WorkerPool(setup, count);
    const units = readUnits(this.#inputs, state.cursor, limit);
    const queue: { unit: Unit; work: Promise<Worked[]> }[] = [];
    let index = 0;
    let isRead = false;
    try {
      for (;;) {
        while (!isRead && queue.length < count * 2 + 1) {
          this.#options.signal?.throwIfAborted();
          const step = await units.next();
          if (step.done === true) isRead = true;
          else {
            const packed = packUnit(step.value.readings);
            const work =
              pool === null
                ? Promise.resolve().then(() => workUnit(packed, this.#stages, setup.schemas))
                : pool.run(index++, packed);
            work.catch(() => undefined); // Whoever takes it from the queue hears of it.
            queue.push({ unit: step.value, work });
          }
        }
        const head = queue.shift();
        if (head === undefined) return;
        yield { unit: head.unit, worked: await head.work };
        this.#options.signal?.throwIfAborted();
      }
    } finally {
      await units.return(undefined);
      await pool?.close();
    }
  }

  async #runMix(state: Checkpoint, groups: readonly MixGroup[]): Promise<void> {
    const mix = this.#config.mix!;
    const { format, shardBytes } = this.#config.output;
    const shards = new Shards(this.#dataFolder(), format, state.mixed);
    state.mixCursor ??= { pass: 0, shard: 0, line: 0, seen: {}, written: {} };
    try {
      await writeMix(
        state.curated,
        this.#curatedFolder(),
        groups,
        mix,
        shards,
        shardBytes,
        state.mixCursor,
        async () => {
          this.#options.signal?.throwIfAborted();
          await this.#commit(state, shards, state.mixed);
          this.#progress("mix", state, shards);
        },
      );
      const last = await shards.finish();
      if (last !== null) state.mixed.push(last);
    } finally {
      shards.abandon();
    }
  }

  async #commit(state: Checkpoint, shards: Shards, list: ShardInfo[]): Promise<void> {
    const shard = await shards.finish();
    if (shard !== null) list.push(shard);
    state.step++;
    await this.#folder.write(state, this.#stages);
  }

  #refuse({ file, position, message }: InputError): void {
    if (this.#options.isStrict !== true) return;
    throw new SyntaxError(`${file}${position === "" ? "" : `, ${position}`}: ${message}`);
  }

  #progress(phase: CurateProgress["phase"], state: Checkpoint, shards: Shards): void {
    const sizes = this.#inputs.map(({ sizeBytes }) => sizeBytes);
    const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
    this.#options.onProgress?.({
      phase,
      doneBytes: sum(sizes.slice(0, state.cursor.file)),
      totalBytes: sum(sizes),
      documents: state.tally.read.documents,
      kept: state.tally.kept.documents,
      textBytes: state.tally.read.textBytes,
      shards: state.curated.length + state.mixed.length + (shards.openBytes > 0 ? 1 : 0),
      isContinued: this.#isContinued,
    });
  }

  #dataFolder(): string {
    return join(this.#config.output.folder, "data");
  }

  #curatedFolder(): string {
    return join(this.#config.output.folder, ".curated");
  }
}
