import { nodeBuiltin, type WasmBytes, type WasmModule, webAssembly } from "./web-assembly.ts";

/** The compiled kernels, for hosts that cannot read files (browsers). */
export interface WasmFiles {
  base: WasmBytes;
  relaxed?: WasmBytes;
}

/** Files that the build puts beside the package, relative to this module in `src` and in `dist`. */
const files = {
  base: new URL("../../build/kernels.wasm", import.meta.url),
  relaxed: new URL("../../build/kernels-relaxed.wasm", import.meta.url),
} as const;

/** The bundled worker script. */
export const workerUrl: URL = new URL("../../build/wasm-worker.js", import.meta.url);

/** A function of one i8x16.relaxed_swizzle; valid only where relaxed SIMD is known. */
const relaxedProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11],
);

export function hasRelaxedSimd(): boolean {
  return webAssembly.validate(relaxedProbe);
}

interface FileSystem {
  readFileSync(path: URL): Uint8Array;
}

function readKernels(variant: keyof WasmFiles, given: WasmFiles | undefined): WasmBytes {
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
  variant: keyof WasmFiles,
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
