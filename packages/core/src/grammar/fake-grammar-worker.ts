/** A worker process with a model of random logits and grammars over its tokens. Tests only. */

import { fakePlan } from "../worker/fake-engine.ts";
import { hostProcess } from "../worker/process-host.ts";
import { fakeGrammarEngine } from "./fake-grammar-engine.ts";

hostProcess(async () => {
  const engine = fakeGrammarEngine();
  return { engine, plan: fakePlan, [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose]() };
});
