import type { Batch, BatchEndpoint, BatchError, BatchStatus, BatchUsage } from "../../api/batches.ts";
import type { StoredJob } from "../job.ts";

/** What a batch was asked for. */
export interface BatchInput {
  input_file_id: string;
  endpoint: BatchEndpoint;
  metadata: Record<string, string> | null;
  output_seconds: number | null;
  /** Milliseconds since 1970. */
  expires_at: number;
}

/** What a batch has come to; times are seconds since 1970. */
export interface BatchState {
  errors: BatchError[];
  model: string | null;
  total: number;
  completed: number;
  failed: number;
  usage: BatchUsage;
  in_progress_at: number | null;
  finalizing_at: number | null;
  isExpired: boolean;
  output_file_id: string | null;
  error_file_id: string | null;
}

/** A batch of which nothing is known yet. */
export function newBatchState(): BatchState {
  return {
    errors: [],
    model: null,
    total: 0,
    completed: 0,
    failed: 0,
    usage: {
      input_tokens: 0,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 0,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 0,
    },
    in_progress_at: null,
    finalizing_at: null,
    isExpired: false,
    output_file_id: null,
    error_file_id: null,
  };
}

const toSeconds = (ms: number): number => Math.floor(ms / 1000);
const toSecondsOrNull = (ms: number | null): number | null => (ms === null ? null : toSeconds(ms));

function statusOf({ record }: StoredJob, state: BatchState): BatchStatus {
  switch (record.status) {
    case "completed":
      if (state.errors.length > 0) return "failed";
      return state.isExpired ? "expired" : "completed";
    case "failed":
    case "cancelled":
      return record.status;
    default:
      if (record.cancelAskedAt !== null) return "cancelling";
      if (state.finalizing_at !== null) return "finalizing";
      return state.in_progress_at === null ? "validating" : "in_progress";
  }
}

/** A job as the batch that it is over the wire. */
export function toBatch(job: StoredJob): Batch {
  const { record } = job;
  const input = record.input as unknown as BatchInput;
  const state = (record.state as unknown as BatchState | null) ?? newBatchState();
  const status = statusOf(job, state);
  const endedAt = toSecondsOrNull(record.endedAt);
  const at = (wanted: BatchStatus): number | null => (status === wanted ? endedAt : null);
  const errors: BatchError[] =
    record.error === null ? state.errors : [{ ...record.error, line: null, param: null }];
  return {
    id: job.id,
    object: "batch",
    endpoint: input.endpoint,
    model: state.model,
    errors: errors.length === 0 ? null : { object: "list", data: errors },
    input_file_id: input.input_file_id,
    completion_window: "24h",
    status,
    output_file_id: state.output_file_id,
    error_file_id: state.error_file_id,
    created_at: toSeconds(record.scheduledAt),
    in_progress_at: state.in_progress_at,
    expires_at: toSeconds(input.expires_at),
    finalizing_at: state.finalizing_at,
    completed_at: at("completed"),
    failed_at: at("failed"),
    expired_at: at("expired"),
    cancelling_at: toSecondsOrNull(record.cancelAskedAt),
    cancelled_at: at("cancelled"),
    request_counts: { total: state.total, completed: state.completed, failed: state.failed },
    usage: state.usage,
    metadata: input.metadata,
  };
}
