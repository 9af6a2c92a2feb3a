import { conformance } from "../conformance/index.ts";
import { createNativeBackend, nativeInstructionSets } from "./backend.ts";

// Every instruction set that this processor has besides the fastest.
for (const instructionSet of nativeInstructionSets().slice(1))
  conformance(instructionSet, async () => createNativeBackend({ instructionSet, threads: 2 }));
