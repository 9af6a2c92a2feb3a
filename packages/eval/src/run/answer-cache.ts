import { createHash } from "node:crypto";
import { join } from "node:path";
import type { GeneratorIdentity } from "../generator.ts";
import { AppendLog } from "./append-log.ts";

interface CachedAnswer {
  key: string;
  value: object;
}

const isCachedAnswer = (value: unknown): value is CachedAnswer =>
  typeof value === "object" &&
  value !== null &&
  typeof Reflect.get(value, "key") === "string" &&
  typeof Reflect.get(value, "value") === "object";

/** Digest of plain data; the order of fields counts. */
export function digestOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Answers of one model by what was asked; kept on disk, so that nothing is asked twice. */
export class AnswerCache {
  readonly #log: AppendLog<CachedAnswer> | null;
  readonly #answers = new Map<string, object>();
  readonly #underWay = new Map<string, Promise<object>>();
  /** Requests that were answered from what was known. */
  numHits = 0;
  /** Requests that went to the model. */
  numMisses = 0;

  private constructor(log: AppendLog<CachedAnswer> | null) {
    this.#log = log;
    for (const { key, value } of log?.entries ?? []) this.#answers.set(key, value);
  }

  /** Opens the model's file in the folder; null keeps answers in memory only. */
  static async open(folder: string | null, identity: GeneratorIdentity): Promise<AnswerCache> {
    if (folder === null) return new AnswerCache(null);
    const path = join(folder, `${digestOf(identity).slice(0, 32)}.jsonl`);
    return new AnswerCache(await AppendLog.open(path, isCachedAnswer));
  }

  /** The known answer, or that of `ask`. Equal requests at the same time are asked once. */
  async get<T extends object>(request: unknown, ask: () => Promise<T>): Promise<T> {
    const key = digestOf(request);
    const known = this.#answers.get(key);
    if (known !== undefined) {
      this.numHits++;
      return known as T;
    }
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) {
      // Where it fails, this one asks for itself: it may not be what was aborted.
      await underWay.catch(() => undefined);
      return await this.get(request, ask);
    }
    this.numMisses++;
    const asked = ask();
    this.#underWay.set(key, asked);
    try {
      const value = await asked;
      this.#answers.set(key, value);
      this.#log?.append({ key, value });
      return value;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log?.[Symbol.asyncDispose]();
  }
}
