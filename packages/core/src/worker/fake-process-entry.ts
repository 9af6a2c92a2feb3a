import { fakeEngineLoader } from "./fake-engine.ts";
import { hostProcess } from "./process-host.ts";

hostProcess(fakeEngineLoader(() => process.kill(process.pid, "SIGKILL")));
