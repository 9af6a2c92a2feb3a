import type { Json } from "../api/json.ts";
import type { RouteServices } from "../routes/services.ts";
import type { StoreWrite } from "../store/store.ts";

/** How far a job is, as Llama Stack says it. */
export type JobStatus = "scheduled" | "in_progress" | "completed" | "failed" | "cancelled";

/** A job as the store keeps it. Times are milliseconds since 1970. */
export interface JobRecord {
  kind: string;
  status: JobStatus;
  input: Json;
  /** What the job has come to so far, and what a restart goes on from; null at first. */
  state: Json;
  error: { code: string; message: string } | null;
  scheduledAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** When somebody asked for its end. */
  cancelAskedAt: number | null;
  /** Starts since it last kept a state. */
  numStarts: number;
  /** The queue that is at it, and when that queue last said so. */
  runner: string | null;
  aliveAt: number;
}

/** A record with what names it. */
export interface StoredJob {
  id: string;
  owner: string;
  record: JobRecord;
}

/** What a running job works with. */
export interface JobContext<Input = Json, State = Json> {
  readonly id: string;
  readonly owner: string;
  readonly input: Input;
  /** As it was last saved, perhaps by an earlier process; null at the first start. */
  readonly state: State | null;
  /** Aborted with a `JobStop`; may be so from the start. */
  readonly signal: AbortSignal;
  readonly services: RouteServices;
  /** Keeps a state, together with other writes; on the disk when it resolves. */
  save(state: State, ...writes: readonly StoreWrite[]): Promise<void>;
}

/** One kind of job. */
export interface JobKind {
  name: string;
  /** Jobs of the kind that run at the same time. */
  maxRunning: number;
  /**
   * Runs a job from its start or from its saved state, and gives its last state. After a cancel it may still give one;
   * when the server stops it rejects, and goes on with the next process.
   */
  run(context: JobContext): Promise<Json>;
}

/** Gives a kind of job back whose input and state are what its own code reads and writes. */
export function defineJobKind<Input, State>(kind: {
  name: string;
  maxRunning: number;
  run(context: JobContext<Input, State>): Promise<State>;
}): JobKind {
  return kind as unknown as JobKind;
}

/** Why a job has to end before it is done. */
export class JobStop extends Error {
  override name = "JobStop";
  readonly why: "cancelled" | "stopping" | "lost";

  constructor(why: JobStop["why"]) {
    super(
      {
        cancelled: "The job is cancelled",
        stopping: "The server is stopping",
        lost: "Another server has taken the job",
      }[why],
    );
    this.why = why;
  }
}

/** A job cannot be done; its record says so in the error's words. */
export class JobError extends Error {
  override name = "JobError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A job's process died; it is started again as long as it may. */
export class JobCrash extends JobError {
  override name = "JobCrash";
}

/** Whether a job has come to its end. */
export const isOver = ({ status }: Pick<JobRecord, "status">): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";
