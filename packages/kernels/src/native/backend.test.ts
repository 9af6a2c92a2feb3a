import { test } from "node:test";
import { conformance } from "../conformance/index.ts";
import { createNativeBackend, nativeInstructionSets } from "./backend.ts";

const sets = nativeInstructionSets();
if (sets.length === 0) test("native backend", (t) => t.skip("no native addon: no C++ compiler was found"));

for (const instructionSet of sets) {
  // Sixteen-bit products: far inside the 2e-2 of eight-bit activations. What is left comes from packed K formats.
  const fast = instructionSet === "amx" ? 2e-2 : 8e-3;
  conformance(instructionSet, async () => createNativeBackend({ instructionSet, threads: 2 }), {
    tolerance: { linear: { fast } },
    threadVariants: [
      { name: "one thread", makeBackend: async () => createNativeBackend({ instructionSet, threads: 1 }) },
      {
        name: "generic",
        makeBackend: async () => createNativeBackend({ instructionSet: "generic", threads: 2 }),
      },
    ],
  });
}
