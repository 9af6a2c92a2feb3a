import { deflateSync, inflateSync } from "node:zlib";

/** One class: bytes of weight for each bucket, their step, and a bias. */
export interface LinearHead {
  /** Category such as `prompt_injection` or `S2`. */
  label: string;
  scale: number;
  bias: number;
  weights: Int8Array;
}

/** A classifier of texts. The first head tells whether a text is a hit; the others what kind of hit it is. */
export interface LinearFile {
  bits: number;
  /** Scores of the first head from here on are hits; chosen on training data. */
  threshold: number;
  /** How much more a part of a text must be like a hit than a whole text, in log odds; chosen on training data. */
  partMargin?: number;
  heads: readonly LinearHead[];
}

const magic = "LLSH";

interface Header {
  bits: number;
  threshold: number;
  partMargin?: number;
  heads: { label: string; scale: number; bias: number }[];
}

/** File: deflated magic "LLSH", length of the header as u32, header as JSON, then the weights of each head. */
export function serializeLinear({ bits, threshold, partMargin, heads }: LinearFile): Uint8Array {
  const header: Header = {
    bits,
    threshold,
    ...(partMargin !== undefined && { partMargin }),
    heads: heads.map(({ label, scale, bias }) => ({ label, scale, bias })),
  };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const parts = heads.map(
    ({ weights }) => new Uint8Array(weights.buffer, weights.byteOffset, weights.length),
  );
  return deflateSync(Buffer.concat([Buffer.from(magic), length, json, ...parts]), { level: 9 });
}

/** Reads a file of `serializeLinear`. */
export function parseLinear(file: Uint8Array, name: string): LinearFile {
  const wrong = (why: string, cause?: unknown): SyntaxError =>
    new SyntaxError(`${name} is no classifier of texts: ${why}; make it with recipes/shields.ts`, { cause });
  let bytes: Buffer;
  try {
    bytes = inflateSync(file, { maxOutputLength: 1 << 26 });
  } catch (cause) {
    throw wrong("it is not deflated", cause);
  }
  if (bytes.length < 8 || bytes.toString("latin1", 0, 4) !== magic)
    throw wrong(`it does not begin with ${magic}`);
  const start = 8 + bytes.readUInt32LE(4);
  let header: Header;
  try {
    header = JSON.parse(bytes.toString("utf8", 8, start)) as Header;
  } catch (cause) {
    throw wrong("its header is no JSON", cause);
  }
  const size = 2 ** header.bits;
  const expected = start + size * header.heads.length;
  if (bytes.length !== expected) throw wrong(`${bytes.length} bytes where ${expected} are expected`);
  return {
    bits: header.bits,
    threshold: header.threshold,
    ...(header.partMargin !== undefined && { partMargin: header.partMargin }),
    heads: header.heads.map((head, at) => ({
      ...head,
      weights: new Int8Array(bytes.buffer, bytes.byteOffset + start + at * size, size),
    })),
  };
}
