import { loadInWorker } from "./load-in-worker.ts";
import { hostProcess } from "./process-host.ts";

hostProcess(loadInWorker);
