import { nextTask } from "../engine/next-task.ts";

/** Milliseconds of work between two chances for other work. */
const sliceMs = 4;

/** Runs steps to their end at once. */
export function finish<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Runs steps to their end in slices, with other tasks in between. */
export async function finishInSlices<T>(steps: Generator<undefined, T>): Promise<T> {
  for (let end = performance.now() + sliceMs; ; ) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() < end) continue;
    await nextTask();
    end = performance.now() + sliceMs;
  }
}

/** The steps that begin within so much time of their own work. */
export function* within(steps: Generator<undefined, unknown>, budgetMs: number): Generator<undefined, void> {
  for (let spent = 0; spent < budgetMs; ) {
    const start = performance.now();
    if (steps.next().done === true) return;
    spent += performance.now() - start;
    yield undefined;
  }
}
