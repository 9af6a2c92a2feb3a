/** What a file may inflate to in all, as a multiple of one stream: readers copy, and grow by doubling. */
const allStreams = 4;

/**
 * Makes this thread refuse byte arrays and inflated streams beyond a limit, for readers that have none. What it gives says whether
 * something was refused. It changes the thread's globals: only for threads that end with one file.
 */
export function countInflated(maxBytes: number): () => boolean {
  let total = 0;
  let isBeyond = false;
  const take = (bytes: number, ofStream: number): void => {
    total += bytes;
    if (ofStream <= maxBytes && total <= allStreams * maxBytes) return;
    isBeyond = true;
    throw new RangeError("The limit of inflated bytes is reached");
  };
  const NativeBytes = Uint8Array;
  const NativeStream = DecompressionStream;
  globalThis.Uint8Array = new Proxy(NativeBytes, {
    construct(target, args: unknown[], newTarget) {
      const [length] = args;
      if (typeof length === "number" && newTarget === globalThis.Uint8Array) take(length, length);
      return Reflect.construct(target, args, newTarget === globalThis.Uint8Array ? target : newTarget);
    },
  });
  globalThis.DecompressionStream = class {
    readonly writable: WritableStream;
    readonly readable: ReadableStream;

    constructor(format: "deflate" | "deflate-raw" | "gzip") {
      const inner = new NativeStream(format);
      let ofStream = 0;
      const counter = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          ofStream += chunk.length;
          take(chunk.length, ofStream);
          controller.enqueue(chunk);
        },
      });
      this.writable = inner.writable;
      this.readable = (inner.readable as unknown as ReadableStream<Uint8Array>).pipeThrough(counter);
    }
  } as unknown as typeof DecompressionStream;
  return () => isBeyond;
}
