import { criaFigures, readTaskFile, type Task, type TaskResult, taskGroups, tasks } from "@llamero/eval";
import type { GateCheck, RoundRecipe } from "./recipe.ts";
import { heldOutEnding, rewardTask } from "./reward-task.ts";

/** A task of the gate, with the checks on it. */
export interface GateTask {
  task: Task;
  checks: readonly GateCheck[];
}

/** A metric of the model before a round and after it. */
export interface GateFigure {
  task: string;
  metric: string;
  /** What it is promised under, such as false refusals. */
  figure: string | null;
  before: number;
  after: number;
  higherIsBetter: boolean;
  /** How much worse it may be; null where the gate does not look at it. */
  allowedLoss: number | null;
  required: number | null;
  passes: boolean;
}

/** What decides about the tasks of a gate: held-out prompts are judged by the rewards of the recipe. */
export type GatedRecipe = Pick<RoundRecipe, "gate" | "rewards" | "sampling">;

/** The tasks that a gate names. Throws SyntaxError for unknown ones, and for metrics that a task does not have. */
export function findGateTasks(recipe: GatedRecipe): GateTask[] {
  const found = new Map<string, { task: Task; checks: GateCheck[] }>();
  for (const check of recipe.gate.checks)
    for (const task of tasksOf(check.task, recipe)) {
      if (check.metric !== null && !Object.hasOwn(task.metrics, check.metric))
        throw new SyntaxError(
          `gate: ${task.name} has no metric ${check.metric}; it has ${Object.keys(task.metrics).join(", ")}`,
        );
      const entry = found.get(task.name) ?? { task, checks: [] };
      entry.checks.push(check);
      found.set(task.name, entry);
    }
  return [...found.values()];
}

function tasksOf(name: string, { rewards, sampling }: GatedRecipe): readonly Task[] {
  if (name.endsWith(heldOutEnding)) return [rewardTask(name, rewards, sampling.maxTokens)];
  if (/\.(jsonl|ya?ml)$/.test(name)) return [readTaskFile(name)];
  const group = taskGroups.get(name);
  if (group !== undefined) return group;
  const task = tasks.get(name);
  if (task === undefined) throw new SyntaxError(`gate: there is no task ${name}; llamero eval ls lists them`);
  return [task];
}

/** Every metric of both results; those that a check names are held to it. */
export function compareFigures(
  gateTasks: readonly GateTask[],
  before: readonly TaskResult[],
  after: readonly TaskResult[],
): GateFigure[] {
  return gateTasks.flatMap(({ task, checks }) => {
    const [old, now] = [before, after].map((results) => results.find((each) => each.task === task.name)!);
    return Object.entries(now!.scores).flatMap(([metric, score]): GateFigure[] => {
      const known = old!.scores[metric];
      if (known === undefined) return [];
      const figure =
        criaFigures.find((each) => each.task === task.name && each.metric === metric)?.figure ?? null;
      // A task alone stands for its promised figures too: a model that refuses everything must not pass as safe.
      const isMain = metric === task.mainMetric || figure !== null;
      const own = checks.filter((check) => (check.metric === null ? isMain : check.metric === metric));
      const { higherIsBetter } = score;
      const sign = higherIsBetter ? 1 : -1;
      const loss = sign * (known.value - score.value);
      const allowedLoss = own.length === 0 ? null : Math.min(...own.map((check) => check.allowedLoss));
      const required = own.find((check) => check.required !== null)?.required ?? null;
      const keeps = allowedLoss === null || loss <= allowedLoss + 1e-9;
      const reaches = required === null || sign * (score.value - required) >= -1e-9;
      const values = { before: known.value, after: score.value, higherIsBetter, allowedLoss, required };
      return [{ task: task.name, metric, figure, ...values, passes: keeps && reaches }];
    });
  });
}

/** Why a model is not taken; null when it is. */
export function refusalOf(
  figures: readonly GateFigure[],
  after: readonly Pick<TaskResult, "task" | "numErrors">[],
): string | null {
  const reasons = [
    ...after
      .filter(({ numErrors }) => numErrors > 0)
      .map(({ task, numErrors }) => `${numErrors} items of ${task} failed`),
    ...figures
      .filter(({ passes }) => !passes)
      .map(({ task, metric, figure, before, after: now, allowedLoss, required }) => {
        const limit =
          required === null ? `${allowedLoss} allowed` : `${allowedLoss} allowed, ${required} required`;
        return `${figure ?? metric} of ${task} went from ${before.toFixed(3)} to ${now.toFixed(3)} (${limit})`;
      }),
  ];
  return reasons.length === 0 ? null : reasons.join("; ");
}
