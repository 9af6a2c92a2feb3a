import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Json } from "../api/json.ts";
import { HttpError } from "../http/http-error.ts";
import { runAs } from "../observe/request-owner.ts";
import type { RouteServices } from "../routes/services.ts";
import type { StoreWrite } from "../store/store.ts";
import { isOver, JobCrash, JobError, type JobKind, type JobRecord, type StoredJob } from "./job.ts";
import { changeJob, getJob, jobsIn, putJob } from "./job-store.ts";
import { LiveJob } from "./live-job.ts";

/** A job that ends its process this often without getting on is not begun again. */
const maxStarts = 3;

export interface JobQueueOptions {
  /** Jobs of all kinds that run at the same time; default 4. */
  maxRunning?: number;
  /** Whether other servers work on the same store; default by the store. */
  isShared?: boolean;
  /** A job whose server has not been heard of for so long is taken over; default 30 seconds. */
  leaseMs?: number;
}

type JobKey = Pick<StoredJob, "id" | "owner">;

const keyOf = ({ id, owner }: JobKey): string => `${owner}\n${id}`;

/**
 * Jobs that outlive the process. Each is kept before `enqueue` resolves; what a stopped or killed process leaves is
 * taken up by the next one, from the last state that the job saved.
 */
export class JobQueue {
  readonly #services: RouteServices;
  readonly #kinds: ReadonlyMap<string, JobKind>;
  readonly #runner: string = randomUUID();
  readonly #maxRunning: number;
  readonly #leaseMs: number;
  readonly #isShared: boolean;
  readonly #waiting: StoredJob[] = [];
  readonly #live = new Map<string, LiveJob>();
  #clock: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Settles when what an earlier process left is taken up. */
  readonly ready: Promise<void>;

  constructor(services: RouteServices, kinds: readonly JobKind[], options: JobQueueOptions = {}) {
    this.#services = services;
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
    this.#maxRunning = options.maxRunning ?? 4;
    this.#leaseMs = options.leaseMs ?? 30_000;
    this.#isShared = options.isShared ?? services.store.description.startsWith("postgres");
    const { closing } = services;
    setMaxListeners(0, closing);
    if (closing.aborted) this.#isStopped = true;
    else closing.addEventListener("abort", () => void this.stop(), { once: true });
    this.ready = this.#takeUp().catch(services.onError);
    if (this.#isShared && !this.#isStopped) {
      this.#clock = setInterval(() => void this.#tick().catch(services.onError), this.#leaseMs / 3);
      this.#clock.unref();
    }
  }

  /** Takes a job on. Where the owner has one of this id already, that one is left as it is and given back. */
  async enqueue(
    job: JobKey & { kind: string; input: Json },
    ...writes: readonly StoreWrite[]
  ): Promise<StoredJob> {
    const { id, owner, kind, input } = job;
    if (!this.#kinds.has(kind)) throw new TypeError(`There is no kind of job ${kind}`);
    const earlier = await getJob(this.#services.store, id, owner);
    if (earlier !== null) return earlier;
    const record: JobRecord = {
      kind,
      status: "scheduled",
      input,
      state: null,
      error: null,
      scheduledAt: Date.now(),
      startedAt: null,
      endedAt: null,
      cancelAskedAt: null,
      numStarts: 0,
      runner: null,
      aliveAt: 0,
    };
    const stored: StoredJob = { id, owner, record };
    await this.#services.store.write(putJob(stored, 0), ...writes);
    this.#waiting.push(stored);
    this.#next();
    return stored;
  }

  /**
   * Asks for the end of a job, as often as one likes. One that waits is over at once; one that runs ends when it can.
   * Null where there is no such job.
   */
  async cancel(key: JobKey): Promise<StoredJob | null> {
    const now = Date.now();
    const job = await changeJob(this.#services.store, key, (record) => {
      if (isOver(record) || record.cancelAskedAt !== null) return null;
      const asked: JobRecord = { ...record, cancelAskedAt: now };
      // One that has done something already gets the chance to end in order.
      const isUntouched = record.status === "scheduled" && record.state === null;
      return isUntouched ? { ...asked, status: "cancelled", endedAt: now } : asked;
    });
    this.#live.get(keyOf(key))?.stop("cancelled");
    return job;
  }

  /** Resolves when this process is no longer at a job. */
  async settled(key: JobKey): Promise<void> {
    await this.#live.get(keyOf(key))?.done;
  }

  /** Interrupts what runs, which stays in the store for the next process; resolves when nothing runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#clock);
    await this.ready;
    for (const live of this.#live.values()) live.stop("stopping");
    await Promise.all([...this.#live.values()].map(({ done }) => done));
  }

  async #tick(): Promise<void> {
    for (const live of [...this.#live.values()]) {
      await live.change((record) => ({ ...record, aliveAt: Date.now() })).catch(() => {});
    }
    await this.#takeUp();
  }

  async #takeUp(): Promise<void> {
    const { store } = this.#services;
    for (const job of await jobsIn(store, "in_progress")) await this.#release(job);
    const known = new Set(this.#waiting.map(keyOf));
    for (const job of await jobsIn(store, "scheduled")) {
      if (!known.has(keyOf(job)) && !this.#live.has(keyOf(job))) this.#waiting.push(job);
    }
    this.#next();
  }

  /** Puts back what its process has left. */
  async #release(job: StoredJob): Promise<void> {
    await changeJob(this.#services.store, job, (record) => {
      if (record.status !== "in_progress" || record.runner === this.#runner) return null;
      if (this.#isShared && Date.now() - record.aliveAt < this.#leaseMs) return null;
      if (record.numStarts < maxStarts) return { ...record, status: "scheduled", runner: null };
      const message = `The server has ended ${record.numStarts} times at this job without getting on`;
      return ended(record, "failed", { code: "server_stopped", message });
    });
  }

  #next(): void {
    while (!this.#isStopped && this.#live.size < this.#maxRunning) {
      const running = [...this.#live.values()];
      const at = this.#waiting.findIndex(({ record }) => {
        const limit = this.#kinds.get(record.kind)?.maxRunning ?? 1;
        return running.filter(({ kind }) => kind === record.kind).length < limit;
      });
      if (at === -1) return;
      const [job] = this.#waiting.splice(at, 1);
      const live = new LiveJob(job!, this.#runner, this.#services);
      this.#live.set(keyOf(live), live);
      live.done = this.#claimAndRun(live)
        .catch((error: unknown) => {
          // A store that is closing takes no more; the next process takes the job up.
          if (!this.#isStopped) this.#services.onError(error);
        })
        .finally(() => {
          if (this.#live.get(keyOf(live)) === live) this.#live.delete(keyOf(live));
          this.#next();
        });
    }
  }

  async #claimAndRun(waiting: LiveJob): Promise<void> {
    const now = Date.now();
    const job = await changeJob(this.#services.store, waiting, (record) => {
      if (record.status !== "scheduled") return null;
      const startedAt = record.startedAt ?? now;
      const numStarts = record.numStarts + 1;
      return { ...record, status: "in_progress", runner: this.#runner, aliveAt: now, startedAt, numStarts };
    });
    if (job === null || job.record.status !== "in_progress" || job.record.runner !== this.#runner) return;
    // What the store says now, which may be more than when it was put in line.
    const live = new LiveJob(job, this.#runner, this.#services);
    live.done = waiting.done;
    this.#live.set(keyOf(live), live);
    if (waiting.stopped !== null) live.stop(waiting.stopped);
    if (this.#isStopped) live.stop("stopping");
    try {
      // Whoever put it in line pays, not whose end made room for it.
      await runAs(live.owner, () => this.#run(live));
    } finally {
      this.#live.delete(keyOf(live));
    }
  }

  async #run(live: LiveJob): Promise<void> {
    const kind = this.#kinds.get(live.kind);
    try {
      if (kind === undefined) throw new JobError("unknown_kind", `This server knows no jobs of ${live.kind}`);
      await this.#services.models.openNamed(live.input);
      const state = await kind.run(live);
      await live.change((record) => ({
        ...ended(record, live.stopped === "cancelled" ? "cancelled" : "completed", null),
        state,
      }));
    } catch (error) {
      await this.#fail(live, error);
    }
  }

  async #fail(live: LiveJob, error: unknown): Promise<void> {
    const { stopped } = live;
    if (stopped === "lost") return;
    if (stopped === "cancelled") return await live.change((record) => ended(record, "cancelled", null));
    if (stopped === "stopping") {
      // An orderly stop is not the job's fault.
      return await live.change((record) => ({
        ...record,
        status: "scheduled",
        runner: null,
        numStarts: record.numStarts - 1,
      }));
    }
    let isAgain = false;
    await live.change((record) => {
      isAgain = error instanceof JobCrash && record.numStarts < maxStarts;
      if (isAgain) return { ...record, status: "scheduled", runner: null };
      return ended(record, "failed", this.#explain(error));
    });
    if (!isAgain) return;
    const job = await getJob(this.#services.store, live.id, live.owner);
    if (job !== null) this.#waiting.push(job);
  }

  #explain(error: unknown): { code: string; message: string } {
    if (error instanceof JobError) return { code: error.code, message: error.message };
    if (error instanceof HttpError) {
      return { code: error.body.error.code ?? "invalid_request", message: error.message };
    }
    if (error instanceof RangeError || error instanceof SyntaxError) {
      return { code: "invalid_value", message: error.message };
    }
    this.#services.onError(error);
    return { code: "internal_error", message: "The job failed; the server's log says why" };
  }
}

function ended(
  record: JobRecord,
  status: "completed" | "failed" | "cancelled",
  error: JobRecord["error"],
): JobRecord {
  return { ...record, status, error, endedAt: Date.now(), runner: null };
}
