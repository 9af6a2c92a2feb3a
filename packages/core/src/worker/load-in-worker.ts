import { chooseBackend } from "../backend.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import type { LoadInWorker } from "./host.ts";

/** Loads a model file in a worker, with the backend that works there. */
export const loadInWorker: LoadInWorker = async (load, options) => {
  const { path, backend: wanted, threads, leasePath: _, ...engineOptions } = load;
  const checkpoint = openCheckpoint(path);
  const { backend, degradations } = await chooseBackend({
    ...(wanted !== undefined && { backend: wanted }),
    ...(threads !== undefined && { threads }),
  });
  try {
    const loaded = await loadEngine(checkpoint, { ...engineOptions, ...options, backend, degradations });
    return {
      engine: loaded.engine,
      plan: loaded.plan,
      async [Symbol.asyncDispose]() {
        await loaded[Symbol.asyncDispose]();
        await backend[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await backend[Symbol.asyncDispose]();
    throw error;
  }
};
