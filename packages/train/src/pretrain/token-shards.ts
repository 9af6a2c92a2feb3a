import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

/** One pair of files: `NAME.bin` with the tokens, `NAME.len` with the tokens of each document, as uint32. */
export interface TokenShard {
  name: string;
  tokens: number;
  documents: number;
  /** Of the tokens. */
  sha256: string;
}

/** `index.json` of a folder of token shards. */
export interface TokenIndex {
  version: 1;
  source: string;
  /** Digest of the tokenizer, and its vocabulary. */
  tokenizer: string;
  vocabSize: number;
  /** How a token is stored. */
  dtype: "uint16" | "uint32";
  files: readonly { file: string; sha256: string; sizeBytes: number }[];
  shards: readonly TokenShard[];
  tokens: number;
  documents: number;
  /** Documents without text, which have no tokens here. */
  emptyDocuments: number;
  textBytes: number;
  /** Where writing goes on; null when all is there. */
  cursor: { file: number; reading: number } | null;
}

const INDEX = "index.json";

export const indexPath = (folder: string): string => join(folder, INDEX);

/** The index of a folder, or null. */
export function readTokenIndex(folder: string): TokenIndex | null {
  const path = indexPath(folder);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as TokenIndex) : null;
}

/** Documents of one source as tokens, read from their files as they are wanted. */
export class TokenCorpus implements Disposable {
  readonly index: TokenIndex;
  /** First token of each document, counted over all shards; one more entry for the end. */
  readonly starts: Float64Array;
  readonly #files: readonly number[];
  /** First token of each shard. */
  readonly #firsts: readonly number[];

  constructor(folder: string) {
    const index = readTokenIndex(folder);
    if (index === null || index.cursor !== null)
      throw new RangeError(`${folder} holds no complete token shards; tokenize again`);
    this.index = index;
    this.starts = new Float64Array(index.documents + 1);
    const firsts: number[] = [];
    let document = 0;
    let token = 0;
    for (const { name, tokens, documents } of index.shards) {
      firsts.push(token);
      const bytes = readFileSync(join(folder, `${name}.len`));
      if (bytes.length !== documents * 4)
        throw new RangeError(
          `${join(folder, name)}.len has ${bytes.length} bytes instead of ${documents * 4}`,
        );
      let at = token;
      for (let i = 0; i < documents; i++) {
        this.starts[document++] = at;
        at += bytes.readUInt32LE(i * 4);
      }
      token += tokens;
      if (at !== token) throw new RangeError(`${join(folder, name)}.len does not add up to ${tokens} tokens`);
    }
    this.starts[document] = token;
    this.#firsts = firsts;
    this.#files = index.shards.map(({ name }) => openSync(join(folder, `${name}.bin`), "r"));
  }

  /** Tokens [from, from + out.length), which lie in one document. */
  read(from: number, out: Int32Array): void {
    let shard = this.#firsts.length - 1;
    while (this.#firsts[shard]! > from) shard--;
    const size = this.index.dtype === "uint16" ? 2 : 4;
    const bytes = new Uint8Array(out.length * size);
    const position = (from - this.#firsts[shard]!) * size;
    const count = readSync(this.#files[shard]!, bytes, 0, bytes.length, position);
    if (count !== bytes.length)
      throw new RangeError(
        `Token shard ${this.index.shards[shard]!.name} of ${this.index.source} is cut short`,
      );
    out.set(size === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer));
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) closeSync(file);
  }
}
