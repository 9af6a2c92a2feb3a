import type { Degradation } from "@llamero/kernels";
import { chooseBackend } from "../backend.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { readAdapter } from "../formats/adapter-file.ts";
import { openCheckpoint } from "../formats/open-checkpoint.ts";
import { leasedBackend, openComputeLease } from "./compute-lease.ts";
import type { LoadInWorker } from "./host.ts";

/** Loads a model file in a worker, with the backend that works there. */
export const loadInWorker: LoadInWorker = async (load, options) => {
  const { path, backend: wanted, threads, leasePath, ...engineOptions } = load;
  const checkpoint = openCheckpoint(path);
  const chosen = await chooseBackend({
    ...(wanted !== undefined && { backend: wanted }),
    ...(threads !== undefined && { threads }),
  });
  const opened = leasePath === undefined ? null : openComputeLease(leasePath);
  const lease = opened?.lease ?? null;
  // The engine reads the list anew each time it is asked.
  const degradations: Degradation[] = [...chosen.degradations, ...(opened?.degradations ?? [])];
  const backend =
    lease === null
      ? chosen.backend
      : leasedBackend(chosen.backend, lease, (degradation) => degradations.push(degradation));
  const giveBack = async (): Promise<void> => {
    lease?.close();
    await chosen.backend[Symbol.asyncDispose]();
  };
  try {
    const loaded = await loadEngine(checkpoint, { ...engineOptions, ...options, backend, degradations });
    return {
      engine: loaded.engine,
      plan: loaded.plan,
      loadAdapter: async ({ name, path: file }) => {
        await loaded.engine.loadAdapter(readAdapter(file, checkpoint, name));
      },
      unloadAdapter: (name) => loaded.engine.unloadAdapter(name),
      async [Symbol.asyncDispose]() {
        await loaded[Symbol.asyncDispose]();
        await giveBack();
      },
    };
  } catch (error) {
    await giveBack();
    throw error;
  }
};
