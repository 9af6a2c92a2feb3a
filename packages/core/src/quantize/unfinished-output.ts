import { existsSync, renameSync, rmSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { nextTask } from "../engine/next-task.ts";

/** A file or folder under a temporary name beside its own; it takes its own name only when kept. */
export class UnfinishedOutput {
  readonly path: string;
  readonly #final: string;
  #isKept = false;

  /** Throws RangeError when the name is taken or the disk is too full. */
  constructor(final: string, neededBytes: number) {
    this.#final = resolve(final);
    // In the same folder, so that renaming is one step.
    this.path = `${this.#final}.unfinished`;
    if (existsSync(this.#final))
      throw new RangeError(`${final} exists already; remove it or choose another name`);
    const folder = dirname(this.#final);
    if (!existsSync(folder)) throw new RangeError(`Folder ${folder} does not exist; make it first`);
    rmSync(this.path, { recursive: true, force: true });
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < neededBytes) {
      const [free, needed] = [bavail * bsize, neededBytes].map((bytes) => (bytes / 1e6).toFixed(1));
      throw new RangeError(`Disk of ${folder} has ${free} MB free, but ${final} takes ${needed} MB`);
    }
  }

  keep(): void {
    renameSync(this.path, this.#final);
    this.#isKept = true;
  }

  /** Without `keep` nothing stays behind. */
  [Symbol.dispose](): void {
    if (this.#isKept) return;
    rmSync(this.path, { recursive: true, force: true });
    rmSync(`${this.path}.partial`, { force: true });
  }
}

/** Takes the steps of a writer, with time for signals between them. */
export async function runSteps(
  steps: Iterable<number>,
  options: { signal?: AbortSignal | undefined; onStep?: ((doneBytes: number) => void) | undefined },
): Promise<void> {
  for (const done of steps) {
    options.onStep?.(done);
    await nextTask();
    options.signal?.throwIfAborted();
  }
}
