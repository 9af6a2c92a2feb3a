import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { ZstdFrames } from "./zstd-frames.ts";

const stepBytes = 1 << 16;

/** The bytes of a file piece by piece; `.gz` and `.zst` are unpacked. `onStored` sees them as they lie on the disk. */
export async function* openBytes(
  path: string,
  onStored?: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const stored = storedBytes(path, onStored);
  if (/\.(gz|tgz)$/i.test(path)) yield* gunzip(stored);
  else if (/\.(zst|zstd|tzst)$/i.test(path)) yield* unzstd(stored);
  else yield* stored;
}

/** The bytes of a file as they lie on the disk. */
export async function* storedBytes(
  path: string,
  onStored?: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    onStored?.(chunk as Buffer);
    yield chunk as Buffer;
  }
}

/** Members one after another count as one stream, as they do in WARC. */
async function* gunzip(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: 1 << 17 });
  const feed = (async (): Promise<void> => {
    try {
      for await (const chunk of stored) {
        if (!unzip.write(chunk)) {
          await new Promise<void>((resolve) => {
            const done = (): void => {
              unzip.off("drain", done).off("close", done);
              resolve();
            };
            unzip.on("drain", done).on("close", done);
          });
        }
        if (unzip.destroyed) return;
      }
      unzip.end();
    } catch (error) {
      unzip.destroy(error as Error);
    }
  })();
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
  } finally {
    unzip.destroy();
    await feed;
  }
}

async function* unzstd(stored: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames();
  for await (const chunk of stored) {
    // Small steps, so that a file that packs very well does not unpack all at once.
    for (let from = 0; from < chunk.length; from += stepBytes)
      yield* frames.push(chunk.subarray(from, from + stepBytes));
  }
  frames.finish();
}
