import { compress, init } from "@bokuweb/zstd-wasm";

const level = 3;
let ready: Promise<void> | null = null;

/** A function that packs bytes as one frame. The module behind it loads once: a second load would empty its memory. */
export async function zstdCompressor(): Promise<(bytes: Uint8Array) => Uint8Array> {
  ready ??= init();
  await ready;
  return (bytes) => compress(bytes, level);
}
