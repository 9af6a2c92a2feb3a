import { createHash } from "node:crypto";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { Json } from "../../api/json.ts";
import type {
  PostTrainingArtifact,
  PostTrainingCheckpoint,
  PostTrainingProgress,
  PostTrainingStatus,
} from "../../api/post-training.ts";
import type { StoredJob } from "../job.ts";

export const trainingMethods = [
  "supervised-fine-tune",
  "preference-optimize",
  "continual-pre-training",
] as const;
export type TrainingMethod = (typeof trainingMethods)[number];

/** What a run was asked for. */
export interface TrainingInput {
  job_uuid: string;
  method: TrainingMethod;
  /** Path of the weights to begin with. */
  model: string;
  dataset_id: string;
  validation_dataset_id: string | null;
  epochs: number;
  /** The recipe without model, data and folder. */
  recipe: { [key: string]: Json };
}

/** What a run has come to. */
export interface TrainingState {
  folder: string;
  progress: PostTrainingProgress | null;
  checkpoints: PostTrainingCheckpoint[];
  artifacts: PostTrainingArtifact[];
  resources: { [key: string]: Json } | null;
}

/** Id under which a job is stored. */
export const jobIdOf = (jobUuid: string): string => `post-training/${jobUuid}`;

/** Folder of a run; owners do not share names. */
export function runFolderOf(jobUuid: string, owner: string): string {
  const mark = owner === "local" ? "" : `${createHash("sha256").update(owner).digest("hex").slice(0, 12)}-`;
  return join(homeFolder(), "runs", `job-${mark}${jobUuid}`);
}

const toIso = (ms: number): string => new Date(ms).toISOString();
const toIsoOrNull = (ms: number | null): string | null => (ms === null ? null : toIso(ms));

/** A job as its status goes over the wire. */
export function toTrainingStatus({ record }: StoredJob): PostTrainingStatus {
  const input = record.input as unknown as TrainingInput;
  const state = record.state as unknown as TrainingState | null;
  return {
    job_uuid: input.job_uuid,
    method: input.method,
    status: record.status,
    scheduled_at: toIso(record.scheduledAt),
    started_at: toIsoOrNull(record.startedAt),
    completed_at: toIsoOrNull(record.endedAt),
    resources_allocated: state?.resources ?? null,
    checkpoints: state?.checkpoints ?? [],
    progress: state?.progress ?? null,
    error: record.error,
  };
}
