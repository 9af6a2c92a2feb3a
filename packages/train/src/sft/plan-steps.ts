import { createRandom } from "@llamero/eval";

/** Numbers below `count` in an order that depends on the seed and the epoch alone (Fisher & Yates). */
export function shuffledOrder(count: number, seed: number, epoch: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const random = createRandom((seed + Math.imul(epoch + 1, 0x9e3779b1)) >>> 0);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

/** How examples are spread over the optimizer steps of a run. */
export interface StepPlan {
  /** Size of each example, such as its tokens. */
  sizes: readonly number[];
  /** A step ends before it would be larger than this; a larger example is a step of its own. */
  stepSize: number;
  epochs: number;
  seed: number;
  /** End after as many steps, even within an epoch. */
  maxSteps?: number;
}

/** The examples of every step by index. Each epoch has each example once, in an order of its own. */
export function planSteps({ sizes, stepSize, epochs, seed, maxSteps }: StepPlan): Int32Array[] {
  const limit = maxSteps ?? Number.POSITIVE_INFINITY;
  const steps: Int32Array[] = [];
  for (let epoch = 0; epoch < epochs && steps.length < limit; epoch++) {
    let members: number[] = [];
    let size = 0;
    for (const index of shuffledOrder(sizes.length, seed, epoch)) {
      if (members.length > 0 && size + sizes[index]! > stepSize) {
        steps.push(Int32Array.from(members));
        members = [];
        size = 0;
      }
      members.push(index);
      size += sizes[index]!;
    }
    if (members.length > 0) steps.push(Int32Array.from(members));
  }
  return steps.length > limit ? steps.slice(0, limit) : steps;
}

/** The first few sources of a step, as errors name them. */
export function nameSources(sources: readonly string[]): string {
  const told = sources.slice(0, 4).join(", ");
  return sources.length > 4 ? `${told} and ${sources.length - 4} more` : told;
}
