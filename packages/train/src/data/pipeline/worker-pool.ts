import { Worker } from "node:worker_threads";
import type { PackedUnit } from "./units.ts";
import type { Worked, WorkerSetup } from "./work.ts";

const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./worker-entry.ts" : "./worker-entry.js",
  import.meta.url,
);

interface Job {
  index: number;
  unit: PackedUnit;
  resolve(worked: Worked[]): void;
  reject(error: Error): void;
}

interface Answer {
  index: number;
  worked?: Worked[];
  failure?: { message: string; stack?: string };
}

/** Threads that work on units; `run` hands a unit to the first that is free. */
export class WorkerPool {
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Worker, Job>();
  #failure: Error | null = null;

  constructor(setup: WorkerSetup, count: number) {
    for (let i = 0; i < count; i++) {
      const thread = new Worker(entry.href.endsWith(".ts") ? sourceEntry(entry) : entry, {
        workerData: setup,
      });
      thread.on("message", (answer: Answer) => this.#answer(thread, answer));
      thread.on("error", (error) => this.#fail(thread, error));
      thread.on("exit", (code) => this.#fail(thread, new Error(`A worker ended with code ${code}`)));
      this.#threads.push(thread);
      this.#idle.push(thread);
    }
  }

  /** Works on one unit. Rejects where a stage fails or a worker dies. */
  run(index: number, unit: PackedUnit): Promise<Worked[]> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(this.#failure);
      else {
        this.#waiting.push({ index, unit, resolve, reject });
        this.#dispatch();
      }
    });
  }

  async close(): Promise<void> {
    this.#failure ??= new Error("The workers are closed");
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const thread = this.#idle.pop()!;
      const job = this.#waiting.shift()!;
      this.#running.set(thread, job);
      thread.postMessage({ index: job.index, unit: job.unit }, [job.unit.bytes.buffer]);
    }
  }

  #answer(thread: Worker, { worked, failure }: Answer): void {
    const job = this.#running.get(thread);
    if (job === undefined) return;
    this.#running.delete(thread);
    this.#idle.push(thread);
    if (worked !== undefined) job.resolve(worked);
    else {
      const error = new Error(failure!.message);
      if (failure!.stack !== undefined) error.stack = failure!.stack;
      job.reject(error);
    }
    this.#dispatch();
  }

  #fail(thread: Worker, error: Error): void {
    if (this.#failure !== null) return;
    const unit = this.#running.get(thread)?.unit;
    const record = unit?.records.find((entry) => "file" in entry) as
      | { file: string; position: string }
      | undefined;
    const where =
      record === undefined
        ? ""
        : ` while it worked on ${record.file} from ${record.position || "its start"} on`;
    this.#failure = new Error(`A worker failed${where}: ${error.message}`, { cause: error });
    for (const job of [...this.#running.values(), ...this.#waiting]) job.reject(this.#failure);
    this.#running.clear();
    this.#waiting.length = 0;
  }
}

/** Threads do not inherit what translates TypeScript, so a checkout's sources bring it along. */
function sourceEntry(url: URL): URL {
  const api = import.meta.resolve("tsx/esm/api");
  const text = `import { register } from ${JSON.stringify(api)}; register(); await import(${JSON.stringify(url.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}
