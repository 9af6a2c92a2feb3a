const textDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const textEncoder = new TextEncoder();

/** Longest grapheme, in bytes, that is looked up whole (the reference's own limit). */
const maxGraphemeBytes = 5;

/**
 * SentencePiece's compiled normalisation rules (`precompiled_charsmap`): a double array of UTF-8 bytes, each unit 32
 * bits (https://github.com/s-yata/darts-clone), then the replacements, each ended by a zero byte. Graphemes are
 * replaced as in Hugging Face's tokenizers, where of several rules the shortest wins.
 */
export function charsmapNormalizer(charsmap: Uint8Array): (text: string) => string {
  const view = new DataView(charsmap.buffer, charsmap.byteOffset, charsmap.byteLength);
  const trieBytes = charsmap.length < 4 ? -1 : view.getUint32(0, true);
  if (trieBytes < 4 || trieBytes % 4 !== 0 || trieBytes + 4 > charsmap.length)
    throw new SyntaxError(`Normalisation rules of ${charsmap.length} bytes are damaged; fetch them again`);
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + i * 4, true));
  const replacements = charsmap.subarray(4 + trieBytes);
  const known = new Map<string, string | null>();

  const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

  function lookUp(chunk: string): string | null {
    let node = offsetOf(units[0]!);
    for (const byte of textEncoder.encode(chunk)) {
      if (byte === 0) return null;
      node ^= byte;
      const unit = units[node];
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return null;
      node ^= offsetOf(unit);
      if (((unit >>> 8) & 1) === 0) continue;
      const start = units[node]! & 0x7fffffff;
      const end = replacements.indexOf(0, start);
      return textDecoder.decode(replacements.subarray(start, end < 0 ? replacements.length : end));
    }
    return null;
  }

  function replacementOf(chunk: string): string | null {
    let found = known.get(chunk);
    if (found === undefined) {
      found = lookUp(chunk);
      if (known.size > 65_536) known.clear();
      known.set(chunk, found);
    }
    return found;
  }

  let isAsciiKept = true;
  for (let code = 0x20; code < 0x7f; code++) {
    const char = String.fromCharCode(code);
    if ((lookUp(char) ?? char) !== char) isAsciiKept = false;
  }
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

  return (text) => {
    if (isAsciiKept && /^[ -~]*$/.test(text)) return text;
    let result = "";
    for (const { segment } of graphemes.segment(text)) {
      const isShort =
        segment.length <= maxGraphemeBytes && textEncoder.encode(segment).length <= maxGraphemeBytes;
      const whole = isShort ? replacementOf(segment) : null;
      if (whole !== null) result += whole;
      else for (const char of segment) result += replacementOf(char) ?? char;
    }
    return result;
  };
}
