import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { syncFile, syncFolder } from "../data/output/atomic-file.ts";
import type { RunIdentity } from "./identity.ts";
import { digestFile, readTensors, type StoredFile, writeTensors } from "./tensor-file.ts";

/** Where a run stands after a step, beside its tensors. */
export interface RunState {
  /** Optimizer steps done. */
  step: number;
  /** Tokens with a loss so far. */
  tokens: number;
  /** Seconds of training so far. */
  seconds: number;
  identity: RunIdentity;
  /** Where the data of the last step was. */
  records: string;
  /** Whether the evaluation, samples and so on that were due after the step are done. */
  isReported: boolean;
  /** Bytes of metrics.jsonl that belong to the steps done. */
  eventBytes: number;
  /** What the best checkpoint has least of, where it was measured at this step. */
  score: number | null;
  /** Checkpoints in the average of weights. */
  averaged: number;
}

/** A checkpoint on the disk that was found whole. */
export interface SavedCheckpoint {
  path: string;
  state: RunState;
  tensors(): ReadonlyMap<string, Float32Array>;
}

interface Manifest {
  version: 1;
  state: RunState;
  file: StoredFile;
}

const TENSORS = "state.safetensors";
const MANIFEST = "state.json";
const named = /^step-(\d{8})$/;

/**
 * Checkpoints of a run, `step-00000100` and so on. One takes its name only when all of it is on the disk, and counts
 * only when sizes and checksums fit, so that a crash at any moment leaves the one before.
 */
export class CheckpointStore {
  readonly #folder: string;
  readonly #keep: number;

  /** `keep` is how many of the newest stay, besides the best. */
  constructor(folder: string, keep = 2) {
    this.#folder = folder;
    this.#keep = keep;
  }

  /** Steps that have a folder, newest first, whole or not. */
  steps(): number[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .flatMap((name) => named.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  /** The newest whole checkpoint; broken ones before it are told to `onBroken`. */
  latest(onBroken?: (path: string, why: string) => void): SavedCheckpoint | null {
    for (const step of this.steps()) {
      const path = this.path(step);
      const found = read(path);
      if (typeof found !== "string") return found;
      onBroken?.(path, found);
    }
    return null;
  }

  /** The whole checkpoint with the least score, if any has one. */
  best(): SavedCheckpoint | null {
    const step = this.#best()?.step;
    const found = step === undefined ? "" : read(this.path(step));
    return typeof found === "string" ? null : found;
  }

  /** The score of the best; infinite without one. */
  leastScore(): number {
    return this.#best()?.score ?? Number.POSITIVE_INFINITY;
  }

  path(step: number): string {
    return join(this.#folder, `step-${String(step).padStart(8, "0")}`);
  }

  /** Removes what a crash left half done. Only with the run's lock held. */
  clean(): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder))
      if (name.startsWith("partial-")) rmSync(join(this.#folder, name), { recursive: true, force: true });
  }

  /** Saves a step, then removes what is no longer kept. Gives its path. */
  save(state: RunState, tensors: ReadonlyMap<string, Float32Array>): string {
    const path = this.path(state.step);
    const partial = join(this.#folder, `partial-${state.step}`);
    try {
      mkdirSync(this.#folder, { recursive: true });
      rmSync(partial, { recursive: true, force: true });
      mkdirSync(partial);
      writeTensors(join(partial, TENSORS), tensors);
      const manifest: Manifest = { version: 1, state, file: digestFile(join(partial, TENSORS)) };
      writeFileSync(join(partial, MANIFEST), seal(manifest));
      syncFolder(partial);
      this.#remove(path);
      renameSync(partial, path);
      syncFile(this.#folder);
    } catch (cause) {
      rmSync(partial, { recursive: true, force: true });
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== "ENOSPC" && code !== "EDQUOT") throw cause;
      const last = this.steps()[0];
      throw new Error(
        `The disk is full while saving step ${state.step} to ${path}; ${last === undefined ? "nothing was saved before" : `the checkpoint of step ${last} is kept`}: free space and go on with --resume`,
        { cause },
      );
    }
    this.#prune();
    return path;
  }

  #prune(): void {
    const best = this.#best()?.step;
    for (const step of this.steps().slice(this.#keep)) if (step !== best) this.#remove(this.path(step));
  }

  /** Under another name first: a folder with a checkpoint's name is never half gone. */
  #remove(path: string): void {
    if (!existsSync(path)) return;
    const doomed = join(this.#folder, `partial-removed-${process.pid}`);
    renameSync(path, doomed);
    rmSync(doomed, { recursive: true, force: true });
  }

  #best(): { step: number; score: number } | null {
    let best: { step: number; score: number } | null = null;
    for (const step of this.steps()) {
      const score = readManifest(this.path(step))?.state.score ?? null;
      if (score !== null && (best === null || score < best.score)) best = { step, score };
    }
    return best;
  }
}

/** The JSON with a checksum of itself in the first line. */
function seal(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `${JSON.stringify({ sha256: sha256(body) })}\n${body}`;
}

function readManifest(path: string): Manifest | null {
  try {
    const text = readFileSync(join(path, MANIFEST), "utf8");
    const cut = text.indexOf("\n");
    const body = text.slice(cut + 1);
    const { sha256: expected } = JSON.parse(text.slice(0, cut)) as { sha256: string };
    return sha256(body) === expected ? (JSON.parse(body) as Manifest) : null;
  } catch {
    return null;
  }
}

/** The checkpoint, or why it is none. */
function read(path: string): SavedCheckpoint | string {
  const manifest = readManifest(path);
  if (manifest === null) return `${MANIFEST} is missing or damaged`;
  const file = join(path, TENSORS);
  if (!existsSync(file)) return `${TENSORS} is missing`;
  const { sizeBytes, sha256: digest } = digestFile(file);
  if (sizeBytes !== manifest.file.sizeBytes)
    return `${TENSORS} has ${sizeBytes} bytes instead of ${manifest.file.sizeBytes}`;
  if (digest !== manifest.file.sha256) return `${TENSORS} is damaged: its checksum differs`;
  return { path, state: manifest.state, tensors: () => readTensors(file) };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
