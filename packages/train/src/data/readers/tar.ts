import { ByteReader } from "./byte-reader.ts";
import { inputError, type ReaderInput, type Reading } from "./record.ts";
import { kindOfName } from "./whole-file.ts";

const blockBytes = 512;

/** The HTML and text files in a tar archive (POSIX ustar, with GNU and pax long names). Other members are passed over. */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  input: ReaderInput,
): AsyncGenerator<Reading> {
  const reader = new ByteReader(bytes);
  let longName: string | null = null;
  try {
    while (await reader.hasMore()) {
      const offset = reader.offset;
      const header = Buffer.from(await reader.read(blockBytes));
      if (header.every((byte) => byte === 0)) continue;
      const size = Number.parseInt(text(header, 124, 12).trim(), 8);
      if (header.length < blockBytes || !Number.isSafeInteger(size) || !isSumRight(header)) {
        yield inputError(input, `offset ${offset}`, "Not a tar header; the rest of the archive is left");
        return;
      }
      const type = String.fromCharCode(header[156]!);
      const padded = Math.ceil(size / blockBytes) * blockBytes;
      if (type === "L" || type === "x") {
        const extra = Buffer.from(
          (await reader.read(Math.min(padded, 1 << 20))).subarray(0, size),
        ).toString();
        longName =
          type === "L" ? extra.replace(/\0.*$/s, "") : (/\d+ path=([^\n]*)\n/.exec(extra)?.[1] ?? longName);
        continue;
      }
      const prefix = text(header, 345, 155);
      const name = longName ?? (prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`);
      longName = null;
      const kind = type === "0" || type === "\0" ? kindOfName(name) : null;
      if (kind === null || size > input.limits.documentBytes) {
        if (kind !== null)
          yield inputError(
            input,
            name,
            `Member too large: ${size} bytes, and limits.documentBytes is ${input.limits.documentBytes}`,
          );
        await reader.skip(padded);
        continue;
      }
      const body = (await reader.read(padded)).slice(0, size);
      if (body.length < size) {
        yield inputError(input, name, `Archive ends early: ${body.length} of ${size} bytes`);
        return;
      }
      yield { record: { source: input.source, file: input.file, position: name, kind, body } };
    }
  } finally {
    await reader.close();
  }
}

function text(header: Buffer, from: number, length: number): string {
  return header.toString("utf8", from, from + length).replace(/\0.*$/s, "");
}

function isSumRight(header: Buffer): boolean {
  let sum = 0;
  for (let i = 0; i < blockBytes; i++) sum += i >= 148 && i < 156 ? 32 : header[i]!;
  return sum === Number.parseInt(text(header, 148, 8).trim(), 8);
}
