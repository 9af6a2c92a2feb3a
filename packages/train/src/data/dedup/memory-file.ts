import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

type Packed = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** Writes an array of a stage's memory as it lies in memory (little-endian on every system that Node runs on). */
export async function saveArray(folder: string, name: string, array: Packed): Promise<void> {
  await writeFile(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

/** Reads what saveArray wrote, as bytes at the start of a buffer of their own. */
export async function loadBytes(folder: string, name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(folder, name)));
}

/** The same as 32-bit numbers. */
export async function loadWords(folder: string, name: string): Promise<Uint32Array> {
  const bytes = await loadBytes(folder, name);
  if (bytes.byteLength % 4 !== 0)
    throw new SyntaxError(`${join(folder, name)} has ${bytes.byteLength} bytes, a multiple of 4 is expected`);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
