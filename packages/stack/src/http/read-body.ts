import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes of a request's body; one that is too large is not read to its end. */
export async function readBytes(incoming: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
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
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    // The answer goes out on the same socket, so leaving early must not destroy it.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error === tooLarge) throw error;
    throw new HttpError(499, "The client has disconnected");
  }
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
