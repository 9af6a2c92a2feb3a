import { parentPort, workerData } from "node:worker_threads";
import { makeStages } from "./make-stages.ts";
import type { PackedUnit } from "./units.ts";
import { type WorkerSetup, workUnit } from "./work.ts";

const port = parentPort!;
const { stages: configs, schemas, folder } = workerData as WorkerSetup;
const stages = await makeStages(configs, folder);

port.on("message", ({ index, unit }: { index: number; unit: PackedUnit }) => {
  try {
    port.postMessage({ index, worked: workUnit(unit, stages, schemas) });
  } catch (error) {
    const { message, stack } = error as Error;
    port.postMessage({ index, failure: { message, stack } });
  }
});
