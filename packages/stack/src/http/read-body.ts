import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

const tooLarge = (maxBytes: number): HttpError =>
  new HttpError(413, `The body is larger than ${maxBytes} bytes`, {
    code: "body_too_large",
    headers: { Connection: "close" },
  });

const left = (): HttpError => new HttpError(499, "The client has disconnected");

/** Refuses a body that says before it comes that it cannot be taken. */
function checkHead({ headers }: IncomingMessage, maxBytes: number): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpError(415, `Bodies are taken as they are, not as ${encoding}; leave Content-Encoding out`, {
      code: "unsupported_encoding",
    });
  }
  if (Number(headers["content-length"]) > maxBytes) throw tooLarge(maxBytes);
}

/** Bytes of a request's body as they come; one that is too large is not read to its end. */
export async function* readChunks(incoming: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  checkHead(incoming, maxBytes);
  let sizeBytes = 0;
  // The answer goes out on the same socket, so leaving early must not destroy it.
  const chunks = incoming.iterator({ destroyOnReturn: false });
  for (;;) {
    let next: IteratorResult<Buffer>;
    try {
      next = (await chunks.next()) as IteratorResult<Buffer>;
    } catch {
      throw left();
    }
    if (next.done === true) return;
    sizeBytes += next.value.length;
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    yield next.value;
  }
}

/** The same as a whole. */
export function readBytes(incoming: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    checkHead(incoming, maxBytes);
    if (incoming.destroyed && !incoming.readableEnded) throw left();
    const chunks: Buffer<ArrayBuffer>[] = [];
    let sizeBytes = 0;
    incoming.on("data", (chunk: Buffer<ArrayBuffer>) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxBytes) return void chunks.push(chunk);
      incoming.pause();
      reject(tooLarge(maxBytes));
    });
    incoming.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    incoming.on("error", () => reject(left()));
  });
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
