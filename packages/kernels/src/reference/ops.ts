import type { OpName } from "../kernels.ts";
import { add } from "./add.ts";
import { attention } from "./attention.ts";
import { embed } from "./embed.ts";
import { input } from "./input.ts";
import { linear } from "./linear.ts";
import { loraAdd } from "./lora-add.ts";
import { rmsNorm } from "./rms-norm.ts";
import { rope } from "./rope.ts";
import type { ReferenceImpl } from "./run-context.ts";
import { selectRows } from "./select-rows.ts";
import { siluMul } from "./silu-mul.ts";
import { writeKv } from "./write-kv.ts";

/** The readable truth of every op; other backends match it within the tolerances of `conformance`. */
export const referenceOps: { readonly [K in OpName]: ReferenceImpl<K> } = {
  input,
  embed,
  rmsNorm,
  linear,
  rope,
  writeKv,
  attention,
  siluMul,
  add,
  loraAdd,
  selectRows,
};
