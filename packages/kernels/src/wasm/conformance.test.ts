import { conformance } from "../conformance/suite.ts";
import { hasVariant, type KernelVariant } from "./assets.ts";
import { createWasmBackend } from "./backend.ts";

const variants: readonly KernelVariant[] = ["base", "relaxed", "relaxed-dot"];

for (const variant of variants.filter(hasVariant)) {
  const threads = { name: "3 threads", makeBackend: () => createWasmBackend({ threads: 3, variant }) };
  const base = { name: "base", makeBackend: () => createWasmBackend({ threads: 0, variant: "base" }) };
  conformance(`wasm (${variant})`, () => createWasmBackend({ threads: 1, variant }), {
    threadVariants: variant === "base" ? [threads] : [threads, base],
  });
}
