export { MissingDataError } from "./data/missing-data-error.ts";
export { hasData, readTaskData, type TaskData, taskData } from "./data/task-data.ts";
export type * from "./generator.ts";
export { bootstrap, type Estimate, estimateMean } from "./stats/estimate.ts";
export { createRandom, drawWithoutReplacement } from "./stats/random.ts";
export type * from "./task.ts";
export { type TaskEntry, tasks } from "./tasks/registry.ts";
