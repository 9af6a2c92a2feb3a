import { batchJob } from "./batch/batch-job.ts";
import { evalJob } from "./eval/eval-job.ts";
import type { JobKind } from "./job.ts";
import { synthesisJob } from "./synthesis/synthesis-job.ts";
import { trainingJob } from "./training/training-job.ts";
import { ingestJob } from "./vectors/ingest-job.ts";

/** Everything that runs as a job. */
export const jobKinds: readonly JobKind[] = [batchJob, trainingJob, evalJob, synthesisJob, ingestJob];
