import { attentionCases } from "./attention-cases.ts";
import type { ConformanceCase } from "./case.ts";
import { elementwiseCases } from "./elementwise-cases.ts";
import { linearCases } from "./linear-cases.ts";
import { llamaCases } from "./llama-cases.ts";
import { loraCases } from "./lora-cases.ts";

/** Everything a backend must compute as the reference backend does. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...elementwiseCases,
  ...linearCases,
  ...attentionCases,
  ...loraCases,
  ...llamaCases,
];
