import type { TokenizerSource } from "../formats/checkpoint.ts";
import { appendSpelledMerge, commitSpelling } from "./load-spelling.ts";
import { ListedMerges } from "./merges.ts";
import type { PretokenizerName } from "./pretokenize.ts";
import { endOfTextIds, findBosId } from "./special-roles.ts";
import { Tokenizer } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

interface GgufPre {
  pretokenizer: PretokenizerName;
  ignoreMerges: boolean;
  /** Used when the file does not say. */
  addBos: boolean;
}

// Values of tokenizer.ggml.pre, with what llama.cpp does for each.
const llamaBpe: GgufPre = { pretokenizer: "llama3", ignoreMerges: true, addBos: true };
const supportedPre: Readonly<Record<string, GgufPre>> = {
  "llama-bpe": llamaBpe,
  llama3: llamaBpe,
  "llama-v3": llamaBpe,
  smollm: { pretokenizer: "smollm", ignoreMerges: false, addBos: false },
  smollm2: { pretokenizer: "smollm", ignoreMerges: false, addBos: false },
  "gpt-2": { pretokenizer: "gpt2", ignoreMerges: false, addBos: false },
  default: { pretokenizer: "gpt2", ignoreMerges: false, addBos: false },
};

const tokenType = { control: 3, userDefined: 4, unused: 5 } as const;

/** Tokenizer from the tokenizer.ggml.* metadata of a GGUF file. */
export function loadGgufTokenizer(source: TokenizerSource & { kind: "gguf" }): Tokenizer {
  const { tokens, tokenTypes, merges } = source;
  if (source.model !== "gpt2")
    throw new SyntaxError(
      `GGUF tokenizer model "${source.model}" is not supported; only gpt2 (byte-level BPE) is`,
    );
  const pre = Object.hasOwn(supportedPre, source.pre) ? supportedPre[source.pre]! : null;
  if (pre === null)
    throw new SyntaxError(
      `GGUF pre-tokenizer "${source.pre}" is not supported; supported: ${Object.keys(supportedPre).join(", ")}`,
    );
  const vocabulary = new Vocabulary(tokens.length, tokens.length * 8);
  const textEncoder = new TextEncoder();
  const specialTokens = new Map<string, number>();
  const literalTokens = new Map<string, number>();
  for (let id = 0; id < tokens.length; id++) {
    const spelling = tokens[id]!;
    const type = tokenTypes[id];
    if (type === tokenType.control) specialTokens.set(spelling, id);
    else if (type === tokenType.userDefined) literalTokens.set(spelling, id);
    else if (type !== tokenType.unused) {
      commitSpelling(vocabulary, id, spelling);
      continue;
    }
    vocabulary.add(id, textEncoder.encode(spelling), false);
  }
  const table = new ListedMerges(merges.length);
  for (const merge of merges) appendSpelledMerge(table, vocabulary, merge, merge.indexOf(" ", 1));
  return new Tokenizer({
    vocabulary,
    merges: table,
    ignoreMerges: pre.ignoreMerges,
    pretokenizer: pre.pretokenizer,
    specialTokens,
    literalTokens,
    bosId: findBosId(specialTokens),
    eosIds: endOfTextIds(specialTokens),
    addBos: source.addBosToken ?? pre.addBos,
  });
}
