import { fakeEngineLoader } from "./fake-engine.ts";
import { hostThread, ownPort } from "./thread-host.ts";

hostThread(
  await ownPort(),
  fakeEngineLoader(() => process.exit(7)),
);
