import type { Task } from "@llamero/eval";
import { UsageError } from "../errors.ts";
import { closestWord } from "../terminal/closest-word.ts";

/** Whether a word is the path of a user's own task rather than the name of one. */
const isPath = (word: string): boolean => /[\\/]|\.(jsonl|json|ya?ml)$/.test(word);

/** The task that a user names, or has written into a file. */
async function findTask(word: string): Promise<Task> {
  const { tasks } = await import("@llamero/eval");
  if (isPath(word)) return await readTaskFile(word);
  const task = tasks.get(word);
  if (task !== undefined) return task;
  const close = closestWord(word, [...tasks.keys()]);
  throw new UsageError(
    `No task named ${word}`,
    close === null ? "See: llamero eval ls" : `Did you mean ${close}?`,
  );
}

/** The one place where files of users become tasks. */
async function readTaskFile(path: string): Promise<Task> {
  const { readTaskFile: read } = await import("@llamero/eval");
  try {
    return read(path);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    if (Reflect.get(cause, "code") === "ENOENT")
      throw new UsageError(`There is no file ${String(Reflect.get(cause, "path"))}`, null, { cause });
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, "See docs/adding-a-task.md", { cause });
  }
}

/** The tasks of a list between commas: names, groups of tasks, or `name*` for every task whose name begins so. */
export async function findTasks(list: string): Promise<Task[]> {
  const { taskGroups, tasks } = await import("@llamero/eval");
  const found = new Map<string, Task>();
  for (const word of list.split(",").map((each) => each.trim())) {
    if (word === "") continue;
    if (word.endsWith("*") && !isPath(word)) {
      const start = word.slice(0, -1);
      const family = [...tasks.values()].filter(({ name }) => name.startsWith(start));
      if (family.length === 0) throw new UsageError(`No task begins with ${start}`, "See: llamero eval ls");
      for (const task of family) found.set(task.name, task);
    } else if (taskGroups.has(word)) {
      for (const task of taskGroups.get(word)!) found.set(task.name, task);
    } else {
      const task = await findTask(word);
      found.set(task.name, task);
    }
  }
  if (found.size === 0) throw new UsageError("There is no task to run", "See: llamero eval ls");
  return [...found.values()];
}
