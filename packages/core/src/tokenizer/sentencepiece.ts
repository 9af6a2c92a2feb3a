/** Kinds of SentencePiece tokens (sentencepiece_model.proto). */
export type SentencePieceKind = "normal" | "unknown" | "control" | "user" | "unused" | "byte";

const kinds: readonly (SentencePieceKind | undefined)[] = [
  undefined,
  "normal",
  "unknown",
  "control",
  "user",
  "unused",
  "byte",
];

/** What a SentencePiece file says. */
export interface SentencePieceFile {
  pieces: readonly { token: string; score: number; kind: SentencePieceKind }[];
  model: "unigram" | "bpe" | "word" | "char";
  /** Normalisation rules; empty for none. */
  charsmap: Uint8Array;
  byteFallback: boolean;
}

type Field = { number: number; bytes: Uint8Array } | { number: number; value: number };

/** Fields of a protocol buffer message; 64-bit ones are passed over. */
function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`SentencePiece file is damaged near byte ${at} of a message of ${bytes.length}`);
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = bytes[at++] ?? fail();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return fail();
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) fail();
        yield { number, bytes: bytes.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        if (at + 4 > bytes.length) fail();
        yield { number, value: view.getFloat32(at, true) };
        at += 4;
        break;
      default:
        fail();
    }
  }
}

const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });

function readPiece(bytes: Uint8Array): { token: string; score: number; kind: SentencePieceKind } {
  let token = "";
  let score = 0;
  let kind: SentencePieceKind = "normal";
  for (const field of fieldsOf(bytes)) {
    if (field.number === 1 && "bytes" in field) token = textDecoder.decode(field.bytes);
    if (field.number === 2 && "value" in field) score = field.value;
    if (field.number === 3 && "value" in field) kind = kinds[field.value] ?? "unused";
  }
  return { token, score, kind };
}

/** Reads a SentencePiece model (`spm.model`, `sentencepiece.bpe.model`). */
export function readSentencePiece(bytes: Uint8Array): SentencePieceFile {
  const pieces: { token: string; score: number; kind: SentencePieceKind }[] = [];
  let model: SentencePieceFile["model"] = "unigram";
  let charsmap: Uint8Array = new Uint8Array();
  let byteFallback = false;
  for (const field of fieldsOf(bytes)) {
    if (!("bytes" in field)) continue;
    if (field.number === 1) pieces.push(readPiece(field.bytes));
    if (field.number === 2) {
      for (const each of fieldsOf(field.bytes)) {
        if (each.number === 3 && "value" in each)
          model = (["unigram", "bpe", "word", "char"] as const)[each.value - 1] ?? "unigram";
        if (each.number === 35 && "value" in each) byteFallback = each.value !== 0;
      }
    }
    if (field.number === 3)
      for (const each of fieldsOf(field.bytes))
        if (each.number === 2 && "bytes" in each) charsmap = each.bytes;
  }
  if (pieces.length === 0) throw new SyntaxError("SentencePiece file holds no pieces; fetch it again");
  return { pieces, model, charsmap, byteFallback };
}
