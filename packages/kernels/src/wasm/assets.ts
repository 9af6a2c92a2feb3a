import { nodeBuiltin, type WasmBytes, type WasmModule, webAssembly } from "./web-assembly.ts";

/** Builds of the kernels: SIMD128; with relaxed SIMD; and with its 8-bit dot product too. */
export type KernelVariant = "base" | "relaxed" | "relaxed-dot";

/** The compiled kernels, for hosts that cannot read files (browsers). */
export type WasmFiles = Partial<Record<KernelVariant, WasmBytes>>;

/** Files that the build puts beside the package, relative to this module in `src` and in `dist`. */
const files: { readonly [V in KernelVariant]: URL } = {
  base: new URL("../../build/kernels.wasm", import.meta.url),
  relaxed: new URL("../../build/kernels-relaxed.wasm", import.meta.url),
  "relaxed-dot": new URL("../../build/kernels-relaxed-dot.wasm", import.meta.url),
};

/** The bundled worker script. */
export const workerUrl: URL = new URL("../../build/wasm-worker.js", import.meta.url);

/** Exports a(): lane 0 of i32x4.relaxed_dot_i8x16_i7x16_add_s(127 everywhere, -1 everywhere, 0). */
const dotProbe = Uint8Array.of(
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 97, 0, 0, 10, 23, 1, 21, 0,
  ],
  ...[65, 255, 0, 253, 15, 65, 127, 253, 15, 65, 0, 253, 17, 253, 147, 2, 253, 27, 0, 11],
);

/** 2 * 32767: what two saturating 16-bit sums give, so the processor has no 8-bit dot instruction. */
const SATURATED = 65534;

/**
 * The best variant for this runtime and processor. Without a dot instruction the 8-bit products take three
 * instructions and lose to 16-bit ones, which are more exact as well.
 */
export async function bestVariant(): Promise<KernelVariant> {
  if (!webAssembly.validate(dotProbe)) return "base";
  const { exports } = await webAssembly.instantiate(await webAssembly.compile(dotProbe), {});
  return (exports as { a(): number }).a() === SATURATED ? "relaxed" : "relaxed-dot";
}

/** Whether this runtime takes a variant. */
export function hasVariant(variant: KernelVariant): boolean {
  return variant === "base" || webAssembly.validate(dotProbe);
}

interface FileSystem {
  readFileSync(path: URL): Uint8Array;
}

function readKernels(variant: KernelVariant, given: WasmFiles | undefined): WasmBytes {
  const bytes = given?.[variant];
  if (bytes !== undefined) return bytes;
  const url = files[variant];
  const fs = nodeBuiltin<FileSystem>("node:fs");
  if (fs === null || given !== undefined) {
    throw new TypeError(
      `WebAssembly kernels (${variant}) were not given; pass the bytes of build/${url.pathname.split("/").at(-1)}`,
    );
  }
  try {
    return fs.readFileSync(url);
  } catch (cause) {
    throw new Error(`Cannot read the WebAssembly kernels ${url.pathname}; run "npm run build"`, { cause });
  }
}

/** Compiles the kernels. Throws with the reason when this runtime rejects them. */
export async function compileKernels(
  variant: KernelVariant,
  given: WasmFiles | undefined,
): Promise<WasmModule> {
  const bytes = readKernels(variant, given);
  try {
    return await webAssembly.compile(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`This runtime rejects the WebAssembly kernels (${variant}): ${reason}`, { cause });
  }
}
