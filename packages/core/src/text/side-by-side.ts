import { setMaxListeners } from "node:events";

/** Requests of one call that wait in the engine at once; more would take all places of its queue. */
const AT_ONCE = 16;

/** Results of `run` for each item, in order, some at a time. When one fails the others are aborted. */
export async function sideBySide<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  run: (item: T, signal: AbortSignal, index: number) => Promise<R>,
): Promise<R[]> {
  const failed = new AbortController();
  const either = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  // Each item that waits listens.
  setMaxListeners(0, either);
  const results = new Array<R>(items.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      try {
        results[index] = await run(items[index]!, either, index);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(AT_ONCE, items.length) }, work);
  // All end before the call does, so that nothing of it is left in the engine.
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return results;
}
