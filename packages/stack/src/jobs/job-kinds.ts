import { batchJob } from "./batch/batch-job.ts";
import type { JobKind } from "./job.ts";

/** Everything that runs as a job. */
export const jobKinds: readonly JobKind[] = [batchJob];
