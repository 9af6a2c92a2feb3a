import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes of a request's body as they come; one that is too large is not read to its end. */
export async function* readChunks(incoming: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  const tooLarge = new HttpError(413, `The body is larger than ${maxBytes} bytes`, {
    code: "body_too_large",
    headers: { Connection: "close" },
  });
  const encoding = incoming.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpError(415, `Bodies are taken as they are, not as ${encoding}; leave Content-Encoding out`, {
      code: "unsupported_encoding",
    });
  }
  if (Number(incoming.headers["content-length"]) > maxBytes) throw tooLarge;
  let sizeBytes = 0;
  // The answer goes out on the same socket, so leaving early must not destroy it.
  const chunks = incoming.iterator({ destroyOnReturn: false });
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = (await chunks.next()) as IteratorResult<Buffer>;
    } catch {
      throw new HttpError(499, "The client has disconnected");
    }
    if (next.done === true) return;
    sizeBytes += next.value.length;
    if (sizeBytes > maxBytes) throw tooLarge;
    yield next.value;
  }
}

/** The same as a whole. */
export async function readBytes(incoming: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(incoming, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Text of a request's body. */
export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  const bytes = await readBytes(incoming, maxBytes);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new HttpError(400, "The body is not UTF-8", { code: "invalid_json" });
  }
}
