import type { AdapterSpec, AdapterTarget, RopeLayout } from "@llamero/kernels";
import type { LoraOptions, TrainSession } from "../session/session.ts";

/** Linears of a layer that an adapter can change, by the last part of their names. */
export const loraTargets: readonly string[] = [
  "q_proj",
  "k_proj",
  "v_proj",
  "o_proj",
  "gate_proj",
  "up_proj",
  "down_proj",
];

/** Throws RangeError for what is no adapter. */
export function checkLora({ rank, alpha, targets }: LoraOptions): void {
  if (!Number.isSafeInteger(rank) || rank < 1) throw new RangeError(`LoRA rank is ${rank}; it is 1 or more`);
  if (!(alpha > 0)) throw new RangeError(`LoRA alpha is ${alpha}; it must be above 0`);
  const wrong = targets.find((target) => !loraTargets.includes(target));
  if (wrong !== undefined)
    throw new RangeError(`LoRA target ${wrong} is not one of ${loraTargets.join(", ")}`);
  if (targets.length === 0) throw new RangeError("LoRA changes no matrix; name at least one target");
}

/** The adapter of a session, with copies of its matrices. Rows are in the order of the session's model. */
export function adapterOf(
  session: Pick<TrainSession, "adapter">,
  { rank, alpha }: LoraOptions,
  name: string,
): AdapterSpec {
  const matrices = session.adapter();
  const targets: AdapterTarget[] = [];
  for (const [key, a] of matrices) {
    if (!key.endsWith(".lora_A")) continue;
    const module = key.slice(0, -".lora_A".length);
    const b = matrices.get(`${module}.lora_B`);
    if (b === undefined) throw new RangeError(`Adapter has matrix A of ${module} only`);
    const target = module.endsWith(".weight") ? module : `${module}.weight`;
    const [rows, cols] = [b.length / rank, a.length / rank];
    targets.push({ target, rank, rows, cols, a: a.slice(), b: b.slice(), scale: alpha / rank });
  }
  if (targets.length === 0) throw new RangeError("The session has no adapter");
  return { name, targets };
}

/** An adapter with where its rows come from. */
export interface StoredLayout {
  /** Row order of q_proj and k_proj in the model that it was made for. */
  ropeLayout: RopeLayout;
  headDim: number;
}

/** B of a target in the row order of `wanted`: halves (part, i) beside adjacent pairs (i, part) in each head. */
export function rowsInLayout(
  { target, rank, b }: AdapterTarget,
  { ropeLayout, headDim }: StoredLayout,
  wanted: RopeLayout,
): Float32Array {
  if (ropeLayout === wanted || !/\.[qk]_proj\.weight$/.test(target)) return b;
  const moved = new Float32Array(b.length);
  const half = headDim / 2;
  for (let row = 0; row < b.length / rank; row++) {
    const inHead = row % headDim;
    const pair = 2 * (inHead % half) + Math.floor(inHead / half);
    const [from, to] = wanted === "adjacent" ? [inHead, pair] : [pair, inHead];
    const head = row - inHead;
    moved.set(b.subarray((head + from) * rank, (head + from + 1) * rank), (head + to) * rank);
  }
  return moved;
}
