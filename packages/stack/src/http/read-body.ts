import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

/** 128 K tokens of text take less than 1 MB. */
const maxBodyBytes = 8 * 2 ** 20;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Text of a request's body; one that is too large is not read to its end. */
export async function readBody(incoming: IncomingMessage): Promise<string> {
  const tooLarge = new HttpError(413, `The body is larger than ${maxBodyBytes} bytes`, {
    code: "body_too_large",
    headers: { Connection: "close" },
  });
  if (Number(incoming.headers["content-length"]) > maxBodyBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    // The answer goes out on the same socket, so leaving early must not destroy it.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBodyBytes) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error === tooLarge) throw error;
    throw new HttpError(499, "The client has disconnected");
  }
  try {
    return decoder.decode(Buffer.concat(chunks));
  } catch {
    throw new HttpError(400, "The body is not UTF-8", { code: "invalid_json" });
  }
}
