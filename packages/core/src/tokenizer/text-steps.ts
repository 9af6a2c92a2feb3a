import { isJsonObject, type JsonObject } from "../formats/json-fields.ts";
import {
  bertNormalizer,
  bertWords,
  isolatePunctuation,
  lowercaseCodePoints,
  stripMarks,
} from "./bert-normalizer.ts";
import { charsmapNormalizer } from "./charsmap.ts";

type Normalize = (text: string) => string;
/** Cuts text; `isStart` says whether it begins the whole text. */
export type Split = (text: string, isStart: boolean) => string[];

/** What a tokenizer.json asks for and this engine does not do. */
export function unsupportedTokenizer(what: string, instead: string): RangeError {
  return new RangeError(`tokenizer.json has ${what}, which is not supported; supported: ${instead}`);
}

function stepsOf(value: unknown, key: string, where: string): JsonObject[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value)) throw new SyntaxError(`tokenizer.json: ${where} is not an object`);
  if (value["type"] !== "Sequence") return [value];
  const list = value[key];
  if (!Array.isArray(list)) throw new SyntaxError(`tokenizer.json: ${where} has no list of ${key}`);
  return list.flatMap((each) => stepsOf(each, key, where));
}

/** The pattern of a step: a string or a regular expression. */
function patternOf(step: JsonObject): RegExp {
  const pattern = step["pattern"];
  const regex = isJsonObject(pattern) ? pattern["Regex"] : undefined;
  const text = isJsonObject(pattern) ? pattern["String"] : undefined;
  if (typeof regex === "string") return new RegExp(regex, "gu");
  if (typeof text === "string") return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), "gu");
  throw new SyntaxError(`tokenizer.json: pattern ${JSON.stringify(pattern)} is neither Regex nor String`);
}

const white = "\\p{White_Space}";
const leading = new RegExp(`^${white}+`, "u");
const trailing = new RegExp(`${white}+$`, "u");

const normalizers: Readonly<Record<string, (step: JsonObject) => Normalize>> = {
  BertNormalizer: (step) =>
    bertNormalizer({
      cleanText: step["clean_text"] !== false,
      handleChineseChars: step["handle_chinese_chars"] !== false,
      stripAccents: (step["strip_accents"] ?? step["lowercase"]) === true,
      lowercase: step["lowercase"] === true,
    }),
  Lowercase: () => lowercaseCodePoints,
  NFC: () => (text) => text.normalize("NFC"),
  NFD: () => (text) => text.normalize("NFD"),
  NFKC: () => (text) => text.normalize("NFKC"),
  NFKD: () => (text) => text.normalize("NFKD"),
  Precompiled(step) {
    const encoded = step["precompiled_charsmap"];
    if (typeof encoded !== "string") throw new SyntaxError("tokenizer.json: precompiled_charsmap is missing");
    return charsmapNormalizer(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0)));
  },
  Replace(step) {
    const pattern = patternOf(step);
    const content = String(step["content"]);
    return (text) => text.replace(pattern, () => content);
  },
  Strip: (step) => (text) => {
    const left = step["strip_left"] === false ? text : text.replace(leading, "");
    return step["strip_right"] === false ? left : trimEnd(left);
  },
  StripAccents: () => stripMarks,
};

/** Without a pattern that would try every run of spaces. */
function trimEnd(text: string): string {
  const last = text.length;
  let from = last;
  while (from > 0 && trailing.test(text[from - 1]!)) from--;
  return text.slice(0, from);
}

/** All normalizers of a tokenizer.json as one. */
export function readNormalizer(value: unknown): Normalize {
  const steps = stepsOf(value, "normalizers", "normalizer").map((step) => {
    const make = normalizers[String(step["type"])];
    if (make === undefined)
      throw unsupportedTokenizer(`normalizer ${String(step["type"])}`, Object.keys(normalizers).join(", "));
    return make(step);
  });
  return (text) => steps.reduce((result, step) => step(result), text);
}

/** Spaces as visible marks, at which words begin (SentencePiece). */
export function metaspace(mark: string, scheme: "always" | "first" | "never", isSplit: boolean): Split {
  return (text, isStart) => {
    if (text === "") return [];
    const marked = text.replaceAll(" ", mark);
    const wanted = scheme === "always" || (scheme === "first" && isStart);
    const whole = wanted && !marked.startsWith(mark) ? mark + marked : marked;
    if (!isSplit) return [whole];
    const pieces: string[] = [];
    let from = 0;
    for (let at = whole.indexOf(mark, 1); at >= 0; at = whole.indexOf(mark, at + 1)) {
      pieces.push(whole.slice(from, at));
      from = at;
    }
    pieces.push(whole.slice(from));
    return pieces;
  };
}

const splitters: Readonly<Record<string, (step: JsonObject) => Split>> = {
  BertPreTokenizer: () => bertWords,
  WhitespaceSplit: () => (text) => text.match(/\P{White_Space}+/gu) ?? [],
  Metaspace(step) {
    const scheme = step["prepend_scheme"] ?? (step["add_prefix_space"] === false ? "never" : "always");
    if (scheme !== "always" && scheme !== "first" && scheme !== "never")
      throw unsupportedTokenizer(`prepend_scheme ${JSON.stringify(scheme)}`, "always, first, never");
    return metaspace(String(step["replacement"] ?? "\u2581"), scheme, step["split"] !== false);
  },
  Punctuation(step) {
    const behavior = step["behavior"] ?? "Isolated";
    if (behavior !== "Isolated")
      throw unsupportedTokenizer(`Punctuation ${JSON.stringify(behavior)}`, "Isolated");
    return isolatePunctuation;
  },
};

/** All pre-tokenizers of a tokenizer.json as one. */
export function readSplitter(value: unknown): Split {
  const steps = stepsOf(value, "pretokenizers", "pre_tokenizer").map((step) => {
    const make = splitters[String(step["type"])];
    if (make === undefined)
      throw unsupportedTokenizer(`pre_tokenizer ${String(step["type"])}`, Object.keys(splitters).join(", "));
    return make(step);
  });
  return (text, isStart) => {
    let pieces = [text];
    for (const step of steps) pieces = pieces.flatMap((piece, index) => step(piece, isStart && index === 0));
    return pieces;
  };
}
