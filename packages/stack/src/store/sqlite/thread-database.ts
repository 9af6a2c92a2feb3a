import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Database, SqlRow, SqlValue, Unit, UnitResult } from "../database.ts";
import { sqliteDialect } from "./dialect.ts";
import { Parts, type ThreadAnswer, type ThreadRequest, type ThreadSetup } from "./protocol.ts";

interface Asked {
  resolve(answer: ThreadAnswer): void;
  reject(error: Error): void;
}

const entry = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);

/** Threads do not inherit what translates TypeScript, so a checkout's sources bring it along. */
function sourceEntry(): URL {
  const api = import.meta.resolve("tsx/esm/api");
  const text = `import { register } from ${JSON.stringify(api)}; register(); await import(${JSON.stringify(entry.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

/** A SQLite file in a thread of its own, so that the disk never holds up the event loop. */
export class ThreadDatabase implements Database {
  readonly description: string;
  readonly dialect: typeof sqliteDialect = sqliteDialect;
  readonly #thread: Worker;
  readonly #asked: Asked[] = [];
  #failure: Error | null = null;

  private constructor(setup: ThreadSetup) {
    this.description = `sqlite ${setup.path}`;
    this.#thread = new Worker(entry.href.endsWith(".ts") ? sourceEntry() : entry, {
      workerData: setup,
      // It keeps nothing: more would only be taken from the machine.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.#thread.on("message", (answer: ThreadAnswer) => {
      const asked = this.#asked.shift();
      if (answer.answer === "failed") asked?.reject(new Error(answer.message));
      else asked?.resolve(answer);
      if (this.#asked.length === 0) this.#thread.unref();
    });
    const fail = (error: Error): void => {
      this.#failure ??= new Error(`The thread of the store ${setup.path} ended: ${error.message}`, {
        cause: error,
      });
      for (const { reject } of this.#asked.splice(0)) reject(this.#failure);
    };
    this.#thread.on("error", fail);
    this.#thread.on("exit", (code) => fail(new Error(`exit code ${code}`)));
  }

  static async open(setup: ThreadSetup): Promise<ThreadDatabase> {
    const database = new ThreadDatabase(setup);
    await new Promise((resolve, reject) => database.#asked.push({ resolve, reject }));
    return database;
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitResult[]> {
    const { units: without, parts } = Parts.split(units);
    for (const data of parts) {
      const copy = new Uint8Array(data);
      this.#thread.postMessage({ request: "part", data: copy } satisfies ThreadRequest, [copy.buffer]);
      await setImmediate();
    }
    const answer = await this.#ask({ request: "commit", units: without });
    return answer.answer === "committed" ? answer.results : unexpected(answer);
  }

  async query(sql: string, params: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const answer = await this.#ask({ request: "query", sql, params });
    return answer.answer === "rows" ? answer.rows : unexpected(answer);
  }

  async close(): Promise<void> {
    try {
      await this.#ask({ request: "close" });
    } finally {
      await this.#thread.terminate();
    }
  }

  #ask(request: ThreadRequest): Promise<ThreadAnswer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject });
      this.#thread.ref();
      this.#thread.postMessage(request);
    });
  }
}

function unexpected({ answer }: ThreadAnswer): never {
  throw new Error(`The thread of the store answered ${answer} to another request`);
}
