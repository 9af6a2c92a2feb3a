import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePretrainRecipe } from "./parse-recipe.ts";
import type { PretrainRecipe } from "./recipe.ts";

/** A folder with a tokenizer of 256 bytes and two specials, and texts of two kinds. Tests only. */
export function fakeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-pretrain-"));
  writeFileSync(join(folder, "tokenizer.json"), byteTokenizer());
  const counts = (n: number): string => Array.from({ length: 12 }, (_, i) => String(n + i)).join(" ");
  const lines = Array.from({ length: 40 }, (_, n) => JSON.stringify({ text: counts(n) }));
  writeFileSync(join(folder, "counts.jsonl"), `${lines.join("\n")}\n`);
  mkdirSync(join(folder, "letters"));
  for (let i = 0; i < 6; i++)
    writeFileSync(join(folder, "letters", `${i}.txt`), "abcdefgh ijkl mnop ".repeat(i + 2));
  return folder;
}

/** A recipe over `fakeFolder`, small enough for the reference backend. Tests only. */
export function fakeRecipe(
  folder: string,
  more: Readonly<Record<string, unknown>> = {},
  overrides: readonly string[] = [],
): PretrainRecipe {
  const value = {
    name: "tiny",
    tokenizer: "tokenizer.json",
    model: {
      hiddenSize: 16,
      intermediateSize: 32,
      numHiddenLayers: 1,
      numAttentionHeads: 2,
      numKeyValueHeads: 1,
      ropeTheta: 10000,
      maxPositionEmbeddings: 64,
    },
    data: {
      sources: { counts: "counts.jsonl", letters: { files: ["letters/*.txt"] } },
      mix: { counts: 3, letters: 1 },
      validation: { share: 0.1, tokens: 64 },
    },
    batch: { steps: 12, length: 32, tokens: 96, microTokens: 64 },
    learningRate: 0.01,
    schedule: { warmupSteps: 2 },
    checkpointEvery: 4,
    evalEvery: 6,
    ...more,
  };
  return parsePretrainRecipe(value, { owner: "recipe.yaml", folder, overrides });
}

/** tokenizer.json with the 256 bytes in GPT-2's spelling. */
function byteTokenizer(): string {
  const vocab: Record<string, number> = {};
  let spare = 256;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    vocab[String.fromCharCode(isPrintable ? byte : spare++)] = byte;
  }
  const special = (content: string, id: number): object => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return JSON.stringify({
    version: "1.0",
    added_tokens: [special("<|begin_of_text|>", 256), special("<|end_of_text|>", 257)],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", unk_token: null, vocab, merges: [] },
  });
}
