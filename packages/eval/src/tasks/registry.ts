import type { Task } from "../task.ts";
import { choiceTasks } from "./choice/choice-tasks.ts";
import { criaTasks } from "./cria/cria-tasks.ts";
import { generationTasks } from "./generation/generation-tasks.ts";
import { specialTasks } from "./special/special-tasks.ts";

/** A task as the registry holds it: its item type is its own affair. */
export type TaskEntry = Task;

/** Every named task by its name. Throws where two have the same. */
export const tasks: ReadonlyMap<string, TaskEntry> = byName([
  ...choiceTasks,
  ...generationTasks,
  ...specialTasks,
  ...criaTasks,
]);

/** Names that stand for several tasks. */
export const taskGroups: ReadonlyMap<string, readonly TaskEntry[]> = new Map([["cria", criaTasks]]);

function byName(all: readonly Task[]): Map<string, Task> {
  const map = new Map<string, Task>();
  for (const task of all) {
    if (map.has(task.name)) throw new RangeError(`Two tasks are named ${task.name}; rename one of them`);
    map.set(task.name, task);
  }
  return map;
}
