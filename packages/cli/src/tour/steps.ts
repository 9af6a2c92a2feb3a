import type { TourStep } from "./step.ts";

/** One line of the table of steps; the file behind it is imported only when the step runs. */
export interface TourEntry {
  name: string;
  title: string;
  load(): Promise<{ step: TourStep }>;
}

/** Every step, in the order of the tour. */
export const tourSteps: readonly TourEntry[] = [
  { name: "tokens", title: "One sentence in eight languages", load: () => import("./tokens.ts") },
  { name: "speed", title: "Speed, as a share of this machine", load: () => import("./speed.ts") },
  { name: "tool-call", title: "A tool call that cannot go wrong", load: () => import("./tool-call.ts") },
  { name: "agent", title: "An agent that has to ask", load: () => import("./agent.ts") },
  { name: "shield", title: "Orders in what a tool says", load: () => import("./shield.ts") },
  { name: "lora", title: "Learning a fact", load: () => import("./lora.ts") },
  { name: "quantize", title: "Fewer bits, with the loss measured", load: () => import("./quantize.ts") },
  { name: "replay", title: "The same answer again, token for token", load: () => import("./replay.ts") },
];
