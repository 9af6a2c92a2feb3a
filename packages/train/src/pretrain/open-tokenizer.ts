import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadTokenizer, openCheckpoint, type Tokenizer, type TokenizerSource } from "@llamero/core";

/** A tokenizer with what it was made from. */
export interface OpenedTokenizer {
  tokenizer: Tokenizer;
  source: TokenizerSource;
  /** SHA-256 of what it was made from. */
  digest: string;
  /** Ids put before and after each document, where the vocabulary has them. */
  beginId: number | null;
  endId: number | null;
}

/** Opens tokenizer.json, tokenizer.model, or the tokenizer of a model or folder. */
export function openTokenizer(path: string): OpenedTokenizer {
  const source = readSource(path);
  const tokenizer = loadTokenizer(source);
  return {
    tokenizer,
    source,
    digest: digestOf(source),
    beginId: tokenizer.bosId,
    endId: tokenizer.specialId("<|end_of_text|>") ?? tokenizer.eosIds[0] ?? null,
  };
}

function readSource(path: string): TokenizerSource {
  if (!existsSync(path)) throw new RangeError(`No such tokenizer: ${path}; name a tokenizer.json or a model`);
  if (statSync(path).isDirectory() && existsSync(join(path, "tokenizer.json")))
    return { kind: "tokenizer.json", text: readFileSync(join(path, "tokenizer.json"), "utf8") };
  if (path.endsWith(".json")) return { kind: "tokenizer.json", text: readFileSync(path, "utf8") };
  if (path.endsWith("tokenizer.model")) return { kind: "tokenizer.model", bytes: readFileSync(path) };
  const { tokenizer } = openCheckpoint(path);
  if (tokenizer === null)
    throw new RangeError(`${path} holds no tokenizer; name a tokenizer.json or a model that has one`);
  return tokenizer;
}

function digestOf(source: TokenizerSource): string {
  const hash = createHash("sha256").update(source.kind);
  if (source.kind === "tokenizer.json") hash.update(source.text);
  else if (source.kind === "tokenizer.model") hash.update(source.bytes);
  else hash.update(JSON.stringify(source));
  return hash.digest("hex");
}
