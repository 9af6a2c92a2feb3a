import { llama3NumSpecials, llama3SpecialBase, llama3SpecialTokens } from "./llama3-specials.ts";
import { VocabularyMerges } from "./merges.ts";
import { endOfTextIds, findBosId } from "./special-roles.ts";
import { Tokenizer } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

const sextetOfChar = buildSextets();

function buildSextets(): Int8Array {
  const sextets = new Int8Array(256).fill(-1);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < alphabet.length; i++) sextets[alphabet.charCodeAt(i)] = i;
  return sextets;
}

/** Tokenizer from Meta's tokenizer.model for Llama 3: a `base64 rank` line per token, then 256 special tokens. */
export function loadMetaTokenizer(file: Uint8Array): Tokenizer {
  const vocabulary = new Vocabulary(llama3SpecialBase + llama3NumSpecials, file.length);
  let line = 1;
  for (let start = 0; start < file.length; line++) {
    let end = file.indexOf(0x0a, start);
    if (end < 0) end = file.length;
    if (end > start) readLine(file, start, file[end - 1] === 0x0d ? end - 1 : end, line, vocabulary);
    start = end + 1;
  }
  if (vocabulary.size !== llama3SpecialBase)
    throw new SyntaxError(
      `tokenizer.model has ${vocabulary.size} tokens where Llama 3 has ${llama3SpecialBase}; only Llama 3's is supported`,
    );
  const specialTokens = llama3SpecialTokens();
  const textEncoder = new TextEncoder();
  for (const [name, id] of specialTokens) vocabulary.add(id, textEncoder.encode(name), false);
  return new Tokenizer({
    vocabulary,
    merges: new VocabularyMerges(vocabulary),
    ignoreMerges: true,
    pretokenizer: "llama3",
    specialTokens,
    literalTokens: new Map(),
    bosId: findBosId(specialTokens),
    eosIds: endOfTextIds(specialTokens),
    addBos: true,
  });
}

function readLine(file: Uint8Array, start: number, end: number, line: number, vocabulary: Vocabulary): void {
  const { blob, offset } = vocabulary.reserve(end - start);
  let write = offset;
  let bits = 0;
  let numBits = 0;
  let i = start;
  for (; i < end && file[i] !== 0x20 && file[i] !== 0x3d; i++) {
    const sextet = sextetOfChar[file[i]!]!;
    if (sextet < 0) throw badLine(line);
    bits = ((bits << 6) | sextet) & 0xffff;
    numBits += 6;
    if (numBits >= 8) {
      numBits -= 8;
      blob[write++] = bits >> numBits;
    }
  }
  while (i < end && file[i] === 0x3d) i++;
  if (write === offset || file[i] !== 0x20 || i + 1 >= end) throw badLine(line);
  let rank = 0;
  for (i++; i < end; i++) {
    const digit = file[i]! - 0x30;
    if (digit < 0 || digit > 9) throw badLine(line);
    rank = rank * 10 + digit;
  }
  vocabulary.commit(rank, write, true);
}

function badLine(line: number): SyntaxError {
  return new SyntaxError(
    `tokenizer.model line ${line} is not "base64 rank"; a SentencePiece model (Llama 2) is not supported`,
  );
}
