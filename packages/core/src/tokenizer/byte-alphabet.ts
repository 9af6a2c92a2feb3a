/**
 * GPT-2 byte-to-unicode alphabet, in which tokenizer.json and GGUF spell tokens: printable Latin-1 bytes
 * stand for themselves, the other 68 are U+0100 onwards in byte order (space is U+0120).
 */
const charOfByte = buildAlphabet();
const byteOfChar = new Int16Array(0x144).fill(-1);
for (let byte = 0; byte < 256; byte++) byteOfChar[charOfByte[byte]!] = byte;

function buildAlphabet(): Uint16Array {
  const chars = new Uint16Array(256);
  let nextSpare = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable =
      (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte < 0xad) || (byte > 0xad && byte < 0x100);
    chars[byte] = isPrintable ? byte : nextSpare++;
  }
  return chars;
}

/** Writes the bytes that a token spelled in the byte alphabet stands for; -1 when a character is outside it. */
export function writeSpelledBytes(
  spelling: string,
  from: number,
  to: number,
  target: Uint8Array,
  offset: number,
): number {
  for (let i = from; i < to; i++) {
    const char = spelling.charCodeAt(i);
    const byte = char < 0x144 ? byteOfChar[char]! : -1;
    if (byte < 0) return -1;
    target[offset++] = byte;
  }
  return offset;
}

/** Spelling of bytes in the byte alphabet, as tokenizer.json and GGUF files hold them. */
export function spellBytes(bytes: Uint8Array): string {
  let spelling = "";
  for (const byte of bytes) spelling += String.fromCharCode(charOfByte[byte]!);
  return spelling;
}
