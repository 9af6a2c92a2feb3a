/** One line without its end; `body` is null where it is longer than the limit. */
export interface Line {
  number: number;
  sizeBytes: number;
  body: Uint8Array | null;
}

const newline = 10;
const carriageReturn = 13;

/** Cuts bytes into lines. A line above the limit is counted and never held. */
export async function* splitLines(bytes: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Line> {
  let number = 1;
  let held: Uint8Array[] = [];
  let sizeBytes = 0;
  const take = (piece: Uint8Array): void => {
    sizeBytes += piece.length;
    if (sizeBytes > limit) held = [];
    else if (piece.length > 0) held.push(piece);
  };
  const finish = (): Line => {
    const isTooLong = sizeBytes > limit;
    let body = isTooLong ? null : held.length === 1 ? held[0]! : Buffer.concat(held);
    if (body !== null && body[body.length - 1] === carriageReturn) body = body.subarray(0, -1);
    const line = { number, sizeBytes, body };
    number++;
    held = [];
    sizeBytes = 0;
    return line;
  };
  for await (const chunk of bytes) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(newline, from);
      if (end < 0) break;
      take(chunk.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (sizeBytes > 0) yield finish();
}
