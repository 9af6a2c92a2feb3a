import { appendSpelledMerge, commitSpelling } from "./load-spelling.ts";
import { ListedMerges } from "./merges.ts";
import type { PretokenizerName } from "./pretokenize.ts";
import { endOfTextIds, findBosId } from "./special-roles.ts";
import { Tokenizer } from "./tokenizer.ts";
import { Vocabulary } from "./vocabulary.ts";

type Json = Readonly<Record<string, unknown>>;

interface AddedToken {
  id: number;
  content: string;
  isSpecial: boolean;
}

/** Pattern of Llama 3's pre-tokenizer, as its tokenizer.json writes it. */
export const llama3Pattern: string =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

// Pre-tokenizer steps as `describeStep` writes them, joined.
const supportedSteps: Readonly<Record<string, PretokenizerName>> = {
  [`Split ${llama3Pattern} + ByteLevel`]: "llama3",
  "ByteLevel with regex": "gpt2",
  "Digits + ByteLevel with regex": "smollm",
};

/** Tokenizer from the text of a Hugging Face tokenizer.json with a byte-level BPE model. */
export function loadHuggingFaceTokenizer(text: string): Tokenizer {
  const root = asObject(JSON.parse(text), "root");
  const model = asObject(root["model"], "model");
  refuseUnsupported(root, model);
  const pretokenizer = readPretokenizer(root["pre_tokenizer"]);
  const addedTokens = asArray(root["added_tokens"] ?? [], "added_tokens").map(readAddedToken);
  const { vocabulary, specialTokens, literalTokens } = readVocabulary(
    Object.entries(asObject(model["vocab"], "model.vocab")),
    addedTokens,
  );
  const templateBosId = readTemplateBosId(root["post_processor"], specialTokens);
  return new Tokenizer({
    vocabulary,
    merges: readMerges(asArray(model["merges"], "model.merges"), vocabulary),
    ignoreMerges: model["ignore_merges"] === true,
    pretokenizer,
    specialTokens,
    literalTokens,
    bosId: templateBosId ?? findBosId(specialTokens),
    eosIds: endOfTextIds(specialTokens),
    addBos: templateBosId !== null,
  });
}

function refuseUnsupported(root: Json, model: Json): void {
  // Very old files leave the type out; their models are told apart by their fields.
  const type = model["type"] ?? (model["merges"] === undefined ? "without merges" : "BPE");
  if (type !== "BPE") throw unsupported(`model ${String(type)}`, "BPE");
  for (const field of ["dropout", "continuing_subword_prefix", "end_of_word_suffix"]) {
    const value = model[field] ?? null;
    if (value !== null && value !== "" && value !== 0)
      throw unsupported(`model.${field} ${JSON.stringify(value)}`, "none");
  }
  if (model["byte_fallback"] === true) throw unsupported("model.byte_fallback", "byte-level models");
  const normalizer = root["normalizer"] ?? null;
  const isEmptySequence =
    typeOf(normalizer) === "Sequence" &&
    asArray(asObject(normalizer, "normalizer")["normalizers"], "normalizers").length === 0;
  if (normalizer !== null && !isEmptySequence) throw unsupported(`normalizer ${typeOf(normalizer)}`, "none");
  const decoder = root["decoder"] ?? null;
  if (decoder !== null && typeOf(decoder) !== "ByteLevel")
    throw unsupported(`decoder ${typeOf(decoder)}`, "ByteLevel");
}

function readPretokenizer(value: unknown): PretokenizerName {
  const steps = flattenSteps(value).map(describeStep).join(" + ");
  if (!Object.hasOwn(supportedSteps, steps))
    throw unsupported(
      `pre_tokenizer "${steps}"`,
      Object.keys(supportedSteps)
        .map((known) => `"${known}"`)
        .join(", "),
    );
  return supportedSteps[steps]!;
}

function flattenSteps(value: unknown): Json[] {
  if (value === null || value === undefined) return [];
  const step = asObject(value, "pre_tokenizer");
  if (step["type"] !== "Sequence") return [step];
  return asArray(step["pretokenizers"], "pre_tokenizer.pretokenizers").flatMap(flattenSteps);
}

function describeStep(step: Json): string {
  switch (step["type"]) {
    case "ByteLevel": {
      const prefix = step["add_prefix_space"] === false ? "" : " with prefix space";
      return `ByteLevel${prefix}${step["use_regex"] === false ? "" : " with regex"}`;
    }
    case "Digits":
      return step["individual_digits"] === true ? "Digits" : "Digits in runs";
    case "Split": {
      const pattern = asObject(step["pattern"], "pre_tokenizer.pattern");
      const options = `${step["behavior"] === "Isolated" ? "" : ` ${String(step["behavior"])}`}${step["invert"] === true ? " inverted" : ""}`;
      return `Split ${String(pattern["Regex"] ?? JSON.stringify(pattern))}${options}`;
    }
    default:
      return String(step["type"]);
  }
}

function readAddedToken(value: unknown): AddedToken {
  const token = asObject(value, "added_tokens entry");
  const { id, content } = token;
  if (typeof id !== "number" || typeof content !== "string" || content === "")
    throw new SyntaxError(`tokenizer.json added token ${JSON.stringify(value)} lacks an id or a content`);
  for (const option of ["single_word", "lstrip", "rstrip"])
    if (token[option] === true)
      throw unsupported(`added token ${JSON.stringify(content)} with ${option}`, "none");
  return { id, content, isSpecial: token["special"] === true };
}

function readVocabulary(
  entries: readonly [string, unknown][],
  addedTokens: readonly AddedToken[],
): { vocabulary: Vocabulary; specialTokens: Map<string, number>; literalTokens: Map<string, number> } {
  const added = new Map(addedTokens.map((token) => [token.id, token]));
  let size = 0;
  for (const id of added.keys()) size = Math.max(size, id + 1);
  for (const [spelling, id] of entries) {
    // A damaged id must not become a huge allocation.
    if (typeof id !== "number" || id >= entries.length * 2 + 65_536)
      throw new SyntaxError(`tokenizer.json gives token ${JSON.stringify(spelling)} the id ${String(id)}`);
    size = Math.max(size, id + 1);
  }
  const vocabulary = new Vocabulary(size, size * 8);
  for (const [spelling, id] of entries)
    if (!added.has(id as number)) commitSpelling(vocabulary, id as number, spelling);
  const specialTokens = new Map<string, number>();
  const literalTokens = new Map<string, number>();
  const textEncoder = new TextEncoder();
  for (const { id, content, isSpecial } of [...added.values()].sort((a, b) => a.id - b.id)) {
    (isSpecial ? specialTokens : literalTokens).set(content, id);
    vocabulary.add(id, textEncoder.encode(content), !isSpecial);
  }
  return { vocabulary, specialTokens, literalTokens };
}

function readMerges(merges: readonly unknown[], vocabulary: Vocabulary): ListedMerges {
  const table = new ListedMerges(merges.length);
  for (const merge of merges) {
    if (typeof merge === "string") appendSpelledMerge(table, vocabulary, merge, merge.indexOf(" ", 1));
    else if (Array.isArray(merge) && typeof merge[0] === "string" && typeof merge[1] === "string")
      appendSpelledMerge(table, vocabulary, `${merge[0]} ${merge[1]}`, merge[0].length);
    else
      throw new SyntaxError(`tokenizer.json merge ${JSON.stringify(merge)} is neither "a b" nor ["a", "b"]`);
  }
  return table;
}

/** Special token that the post-processor puts before a single text, or null. */
function readTemplateBosId(value: unknown, specialTokens: ReadonlyMap<string, number>): number | null {
  if (value === null || value === undefined) return null;
  const processor = asObject(value, "post_processor");
  if (processor["type"] === "Sequence") {
    for (const step of asArray(processor["processors"], "post_processor.processors")) {
      const id = readTemplateBosId(step, specialTokens);
      if (id !== null) return id;
    }
    return null;
  }
  if (processor["type"] !== "TemplateProcessing") return null;
  const first = asObject(
    asArray(processor["single"], "post_processor.single")[0],
    "post_processor.single[0]",
  );
  if (first["SpecialToken"] === undefined) return null;
  const name = asObject(first["SpecialToken"], "SpecialToken")["id"];
  return (typeof name === "string" ? specialTokens.get(name) : undefined) ?? null;
}

function typeOf(value: unknown): string {
  return typeof value === "object" && value !== null ? String((value as Json)["type"]) : String(value);
}

function asObject(value: unknown, place: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new SyntaxError(`tokenizer.json ${place} is not an object`);
  return value as Json;
}

function asArray(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new SyntaxError(`tokenizer.json ${place} is not an array`);
  return value;
}

function unsupported(what: string, supported: string): SyntaxError {
  return new SyntaxError(`tokenizer.json ${what} is not supported; supported: ${supported}`);
}
