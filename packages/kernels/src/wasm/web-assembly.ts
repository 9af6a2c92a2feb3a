/** The parts of the WebAssembly JavaScript interface used here; the Node typings have none and `dom` would add a browser. */
export type WasmBytes = ArrayBuffer | Uint8Array;

/** A compiled module; workers get it by structured clone. */
export interface WasmModule {
  readonly __module: unique symbol;
}

export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

interface WasmApi {
  validate(bytes: WasmBytes): boolean;
  compile(bytes: WasmBytes): Promise<WasmModule>;
  instantiate(module: WasmModule, imports: object): Promise<{ exports: object }>;
  Memory: new (options: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
}

export const webAssembly: WasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;

/** A built-in module of Node, or null elsewhere; keeps `node:` imports out of browser bundles. */
export function nodeBuiltin<T>(name: string): T | null {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return (process?.getBuiltinModule?.(name) as T | undefined) ?? null;
}
