import { loadInWorker } from "./load-in-worker.ts";
import { hostThread, ownPort } from "./thread-host.ts";

hostThread(await ownPort(), loadInWorker);
