import { test } from "node:test";
import { conformance } from "../conformance/index.ts";
import type { WeightFormat } from "../kernels.ts";
import { createNativeBackend, nativeInstructionSets } from "./backend.ts";

// The fastest set here; the others are in the slow tier. Sixteen-bit products stay far inside the 2e-2 that eight-bit
// activations are allowed: AMX has those for every quantised format, AVX2 for four and five bits.
const [instructionSet] = nativeInstructionSets();
const hasEightBits = (format: WeightFormat | null): boolean =>
  instructionSet === "amx" || (instructionSet === "avx2" && /^q[45]_/.test(format ?? ""));
if (instructionSet === undefined)
  test("native backend", (t) => t.skip("no native addon: no C++ compiler was found"));
else
  conformance(instructionSet, async () => createNativeBackend({ instructionSet, threads: 2 }), {
    tolerance: { linear: { fast: (format) => (hasEightBits(format) ? 2e-2 : 5e-3) } },
    threadVariants: [
      { name: "one thread", makeBackend: async () => createNativeBackend({ instructionSet, threads: 1 }) },
      {
        name: "generic",
        makeBackend: async () => createNativeBackend({ instructionSet: "generic", threads: 2 }),
      },
    ],
  });
