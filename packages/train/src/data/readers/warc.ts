import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { ByteReader } from "./byte-reader.ts";
import { inputError, messageOf, type RawRecord, type ReaderInput, type Reading } from "./record.ts";

const maxHeaderLine = 1 << 16;
const maxHeaderLines = 1000;

type Headers = ReadonlyMap<string, string>;

/** Pages of a WARC file (ISO 28500): its responses and resources of type HTML or text. Other types are passed over. */
export async function* readWarc(
  bytes: AsyncIterable<Uint8Array>,
  input: ReaderInput,
): AsyncGenerator<Reading> {
  const reader = new ByteReader(bytes);
  try {
    for (;;) {
      const start = await findStart(reader);
      if (start === null) return;
      if (start.junkBytes > 0)
        yield inputError(
          input,
          `offset ${start.junkOffset}`,
          `${start.junkBytes} bytes that are no WARC record`,
        );
      const { offset } = start;
      if (offset === null) return;
      const headers = await readHeaders(reader);
      const size = Number(headers?.get("content-length") ?? Number.NaN);
      if (headers === null || !Number.isSafeInteger(size) || size < 0) {
        yield inputError(input, `offset ${offset}`, "WARC record without readable headers or Content-Length");
        continue;
      }
      const type = headers.get("warc-type");
      const isWanted = type === "response" || type === "resource" || type === "conversion";
      if (!isWanted || size > input.limits.documentBytes) {
        if (isWanted) yield tooLarge(input, offset, size);
        await reader.skip(size);
        continue;
      }
      const block = (await reader.read(size)).slice();
      if (block.length < size) {
        yield inputError(
          input,
          `offset ${offset}`,
          `WARC record ends early: ${block.length} of ${size} bytes`,
        );
        return;
      }
      const reading = toReading(block, headers, input, offset);
      if (reading !== null) yield reading;
    }
  } finally {
    await reader.close();
  }
}

interface Start {
  /** Null where only broken bytes came before the end. */
  offset: number | null;
  junkOffset: number;
  junkBytes: number;
}

/** Finds the next `WARC/1.` line, over the empty lines between records and over what is broken. */
async function findStart(reader: ByteReader): Promise<Start | null> {
  let junkBytes = 0;
  let junkOffset = 0;
  while (await reader.hasMore()) {
    const offset = reader.offset;
    const line = await reader.readLine(maxHeaderLine);
    if (line?.startsWith("WARC/")) return { offset, junkOffset, junkBytes };
    if (line === "") continue;
    if (junkBytes === 0) junkOffset = offset;
    if (line === null) await reader.skip(maxHeaderLine);
    junkBytes += reader.offset - offset;
  }
  return junkBytes > 0 ? { offset: null, junkOffset, junkBytes } : null;
}

async function readHeaders(reader: ByteReader): Promise<Headers | null> {
  const lines: string[] = [];
  for (let count = 0; count < maxHeaderLines; count++) {
    const line = await reader.readLine(maxHeaderLine);
    if (line === null) return null;
    if (line === "") return parseHeaders(lines);
    lines.push(line);
  }
  return null;
}

function parseHeaders(lines: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function toReading(block: Uint8Array, headers: Headers, input: ReaderInput, offset: number): Reading | null {
  const base: Omit<RawRecord, "kind" | "body"> = {
    source: input.source,
    file: input.file,
    position: `${offset}`,
  };
  const url = headers.get("warc-target-uri")?.replace(/^<|>$/g, "");
  if (url !== undefined) base.url = url;
  const date = headers.get("warc-date");
  if (date !== undefined) base.meta = { date };
  let contentType = headers.get("content-type") ?? "";
  let body = block;
  if (/^application\/http/i.test(contentType)) {
    const end = Buffer.from(block.buffer, block.byteOffset, block.length).indexOf("\r\n\r\n");
    if (end < 0) return inputError(input, `offset ${offset}`, "HTTP response without an end of its headers");
    const lines = Buffer.from(block.subarray(0, end)).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(lines[0]!)?.[1]);
    if (status < 200 || status >= 300) return null; // Redirects and error pages are no documents.
    const http = parseHeaders(lines.slice(1));
    contentType = http.get("content-type") ?? "";
    try {
      body = decodeBody(block.subarray(end + 4), http, input.limits.documentBytes);
    } catch (error) {
      return inputError(input, `offset ${offset}`, `HTTP body cannot be unpacked: ${messageOf(error)}`);
    }
  }
  const kind = kindOf(contentType, body);
  if (kind === null) return null;
  const charset = /charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1];
  return { record: { ...base, kind, body, ...(charset === undefined ? {} : { charset }) } };
}

function kindOf(contentType: string, body: Uint8Array): "html" | "text" | null {
  if (/^(text\/html|application\/xhtml)/i.test(contentType)) return "html";
  if (/^text\/(plain|markdown|x-rst)/i.test(contentType)) return "text";
  if (contentType !== "") return null;
  return /<(!doctype html|html|body|p|div)\b/i.test(Buffer.from(body.subarray(0, 2048)).toString("latin1"))
    ? "html"
    : null;
}

/** Archives should hold bodies as they were before the transfer; many hold them as they came. */
function decodeBody(body: Uint8Array, http: Headers, limit: number): Uint8Array {
  let plain = body;
  if (/chunked/i.test(http.get("transfer-encoding") ?? "")) plain = unchunk(body);
  const bound = { maxOutputLength: limit };
  switch (http.get("content-encoding")?.toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return plain[0] === 0x1f && plain[1] === 0x8b ? gunzipSync(plain, bound) : plain;
    case "br":
      return brotliDecompressSync(plain, bound);
    case "deflate":
      return inflateSync(plain, bound);
    default:
      return plain;
  }
}

/** Bytes whose chunk sizes cannot be read are taken as they are: the archive has unpacked them already. */
function unchunk(body: Uint8Array): Uint8Array {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length);
  const parts: Uint8Array[] = [];
  for (let from = 0; ; ) {
    const end = text.indexOf("\r\n", from);
    const match = end < 0 ? null : /^\s*([0-9a-f]+)\s*(;.*)?$/i.exec(text.toString("latin1", from, end));
    if (match === null) return body;
    const size = Number.parseInt(match[1]!, 16);
    if (size === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    from = end + 2 + size + 2;
  }
}

function tooLarge(input: ReaderInput, offset: number, size: number): Reading {
  return inputError(
    input,
    `offset ${offset}`,
    `Record too large: ${size} bytes, and limits.documentBytes is ${input.limits.documentBytes}`,
  );
}
