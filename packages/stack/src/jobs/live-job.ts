import type { Json } from "../api/json.ts";
import type { RouteServices } from "../routes/services.ts";
import type { StoreWrite } from "../store/store.ts";
import { type JobContext, type JobRecord, JobStop, type StoredJob } from "./job.ts";
import { changeJob } from "./job-store.ts";

/** A job that this process is at. */
export class LiveJob implements JobContext {
  readonly id: string;
  readonly owner: string;
  readonly kind: string;
  readonly input: Json;
  readonly state: Json;
  readonly services: RouteServices;
  readonly runner: string;
  /** Settles when the job's end is kept. */
  done: Promise<void> = Promise.resolve();
  readonly #abort: AbortController = new AbortController();
  #pending: { state: Json; writes: StoreWrite[]; promise: Promise<void> } | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor({ id, owner, record }: StoredJob, runner: string, services: RouteServices) {
    this.id = id;
    this.owner = owner;
    this.kind = record.kind;
    this.input = record.input;
    this.state = record.state;
    this.services = services;
    this.runner = runner;
    if (record.cancelAskedAt !== null) this.stop("cancelled");
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it has to end, if it has to. */
  get stopped(): JobStop["why"] | null {
    const reason: unknown = this.signal.reason;
    return reason instanceof JobStop ? reason.why : null;
  }

  stop(why: JobStop["why"]): void {
    this.#abort.abort(new JobStop(why));
  }

  /** States that are saved while one is being written go out together. */
  readonly save = (state: Json, ...writes: readonly StoreWrite[]): Promise<void> => {
    if (this.#pending !== null) {
      this.#pending.state = state;
      this.#pending.writes.push(...writes);
      return this.#pending.promise;
    }
    const promise = this.#last.then(async () => {
      const { state: newest, writes: all } = this.#pending!;
      this.#pending = null;
      const snapshot = structuredClone(newest);
      await this.change((record) => ({ ...record, state: snapshot, numStarts: 1 }), ...all);
    });
    this.#pending = { state, writes: [...writes], promise };
    this.#last = promise.catch(() => {});
    return promise;
  };

  /** Changes the record while this process is at it. */
  async change(change: (record: JobRecord) => JobRecord, ...writes: readonly StoreWrite[]): Promise<void> {
    let isOurs = false;
    await changeJob(
      this.services.store,
      this,
      (record) => {
        isOurs = record.runner === this.runner;
        if (record.cancelAskedAt !== null) this.stop("cancelled");
        return isOurs ? change(record) : null;
      },
      ...writes,
    );
    if (isOurs) return;
    this.stop("lost");
    throw new JobStop("lost");
  }
}
