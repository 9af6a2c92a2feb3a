import { after, before } from "node:test";
import type { Backend } from "@llamero/kernels";
import { chooseBackend } from "../backend.ts";
import { targetSuite } from "./fake-target-suite.ts";
import { type QuantizeTargetName, quantizeTargets } from "./targets.ts";

let backend: Backend;
before(async () => {
  ({ backend } = await chooseBackend({ threads: 1 }));
});
after(() => backend[Symbol.asyncDispose]());

targetSuite(Object.keys(quantizeTargets) as QuantizeTargetName[], () => backend);
