import type { Task } from "../../task.ts";

/** Sets of this folder. */
export const choiceTasks: readonly Task[] = [];
