import { markOf } from "./decode-text.ts";
import { splitLines } from "./lines.ts";
import { inputError, type ReaderInput, type Reading } from "./record.ts";

/** One JSON object per line. Empty lines are passed over; whether a line is JSON shows in the worker. */
export async function* readJsonLines(
  bytes: AsyncIterable<Uint8Array>,
  input: ReaderInput,
): AsyncGenerator<Reading> {
  const { lineBytes } = input.limits;
  for await (const { number, sizeBytes, body } of splitLines(asUtf8(bytes), lineBytes)) {
    if (body === null) {
      yield inputError(
        input,
        `line ${number}`,
        `Line too long: ${sizeBytes} bytes, and limits.lineBytes is ${lineBytes}`,
      );
    } else if (body.some((byte) => byte !== 32 && byte !== 9)) {
      yield {
        record: { source: input.source, file: input.file, position: `${number}`, kind: "json", body },
      };
    }
  }
}

/** Takes a byte order mark off; UTF-16 becomes UTF-8, since lines are cut at bytes. */
async function* asUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let isFirst = true;
  for await (const chunk of bytes) {
    let piece = chunk;
    if (isFirst) {
      isFirst = false;
      const mark = markOf(chunk);
      if (mark !== null) {
        piece = chunk.subarray(mark.sizeBytes);
        if (mark.encoding !== "utf-8") decoder = new TextDecoder(mark.encoding, { ignoreBOM: true });
      }
    }
    yield decoder === null ? piece : Buffer.from(decoder.decode(piece, { stream: true }));
  }
  if (decoder !== null) yield Buffer.from(decoder.decode());
}
