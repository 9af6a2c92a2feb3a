/**
 * Token masks of real JSON schemas at the 128,256 tokens of Llama 3, in turns with web-xgrammar; and whether what a
 * random walk writes is valid by ajv. SCHEMAS is a folder of files {"schema", "tests": [{"valid", "data"}]}, such as
 * maskbench/data of github.com/guidance-ai/jsonschemabench.
 *
 *   LLAMERO_MODELS=folder LLAMERO_SCHEMAS=folder node --conditions=@llamero/source --import tsx bench/grammar.bench.ts [schemas to walk, default 500] [walk | time | compare: that part alone]
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { loadTokenizer, type Tokenizer } from "@llamero/core/tokenizer";
import type * as XGrammar from "@mlc-ai/web-xgrammar";
import { Grammar } from "../packages/core/src/grammar/grammar.ts";
import { GrammarVocabulary } from "../packages/core/src/grammar/grammar-vocabulary.ts";
import { compileSchema } from "../packages/core/src/grammar/json-schema/schema-compiler.ts";
import { SchemaError } from "../packages/core/src/grammar/json-schema/schema-error.ts";
import { environment, readSamples, type Sample, validatorOf } from "./json-schemas.ts";
import { MaskDifferences } from "./mask-differences.ts";

const numWalked = Number(process.argv[2] ?? 500);
const maxSteps = 100;
/** The timed part ends here with the schemas that it has come to. */
const maxMs = 200_000;
const warmMs = 200;
const stopId = 128_009;
/** Schemas whose masks are looked into token by token. */
const numCompared = 20;

/** Its package says ES module, but the file is CommonJS: a copy with another name loads. */
function loadPeer(): typeof XGrammar {
  const folder = mkdtempSync(join(tmpdir(), "llamero-bench-"));
  const require = createRequire(import.meta.url);
  const copy = join(folder, "xgrammar.cjs");
  copyFileSync(join(import.meta.dirname, "../node_modules/@mlc-ai/web-xgrammar/lib/index.js"), copy);
  const loaded = require(copy) as typeof XGrammar;
  rmSync(folder, { recursive: true });
  return loaded;
}

function random(state: { seed: number }, limit: number): number {
  state.seed = (Math.imul(state.seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state.seed / 2 ** 32) * limit);
}

function idsOf(mask: ArrayLike<number>): number[] {
  const ids: number[] = [];
  for (let word = 0; word < mask.length; word++)
    for (let rest = mask[word]!; rest !== 0; rest &= rest - 1)
      ids.push(word * 32 + 31 - Math.clz32(rest & -rest));
  return ids;
}

const has = (mask: Uint32Array, id: number): boolean => ((mask[id >>> 5]! >>> (id & 31)) & 1) === 1;

/** One of the allowed tokens but the stop token, each as likely. */
function draw(mask: Uint32Array, state: { seed: number }): number {
  for (;;) {
    let left = random(
      state,
      mask.reduce((sum, word) => sum + countBits(word), 0),
    );
    const word = mask.findIndex((each) => {
      const count = countBits(each);
      if (left < count) return true;
      left -= count;
      return false;
    });
    let rest = mask[word]!;
    for (; left > 0; left--) rest &= rest - 1;
    const id = word * 32 + 31 - Math.clz32(rest & -rest);
    if (id !== stopId) return id;
  }
}

function countBits(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function describe(name: string, values: readonly number[], unit: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
  return `${name}: n ${sorted.length}, median ${at(0.5)} ${unit}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)}`;
}

function printLoad(): void {
  console.log(
    `${cpus()[0]!.model}, load ${loadavg()
      .map((each) => each.toFixed(1))
      .join(" ")}, Node ${process.version}`,
  );
}

async function timeMasks(
  samples: readonly Sample[],
  tokenizer: Tokenizer,
  vocabulary: GrammarVocabulary,
  numTimed: number,
): Promise<void> {
  const peer = loadPeer();
  const bytesToText = (id: number): string => Buffer.from(tokenizer.tokenBytes(id)).toString("latin1");
  const alphabet = byteAlphabet();
  const encoded = Array.from({ length: tokenizer.vocabSize }, (_, id) =>
    tokenizer.isSpecial(id)
      ? bytesToText(id)
      : [...tokenizer.tokenBytes(id)].map((byte) => alphabet[byte]).join(""),
  );
  const info = await peer.TokenizerInfo.createTokenizerInfo(
    encoded,
    "byte_level",
    false,
    tokenizer.vocabSize,
    [stopId],
  );
  const compiler = await peer.GrammarCompiler.createGrammarCompiler(info, false);
  const times = {
    ours: [] as number[],
    peer: [] as number[],
    oursCompile: [] as number[],
    peerCompile: [] as number[],
  };
  const agreement = { same: 0, more: 0, less: 0, both: 0 };
  const differences = new MaskDifferences((id) =>
    id === stopId ? "" : Buffer.from(tokenizer.tokenBytes(id)).toString("utf8"),
  );
  let numShared = 0;
  let numTimedSchemas = 0;
  const begun = performance.now();
  for (const { name, schema, texts } of samples) {
    if (numTimedSchemas === numTimed || performance.now() - begun > maxMs) break;
    let start = performance.now();
    let grammar: Grammar;
    try {
      grammar = new Grammar(compileSchema(schema), vocabulary, [stopId]);
      await grammar.warm(warmMs);
    } catch {
      continue;
    }
    numTimedSchemas++;
    times.oursCompile.push(performance.now() - start);
    start = performance.now();
    let theirs: XGrammar.GrammarMatcher | null = null;
    let compiled: XGrammar.CompiledGrammar | null = null;
    const text = JSON.stringify(schema);
    try {
      // The peer aborts for good on some schemas with this keyword.
      if (text.includes("minProperties")) throw new RangeError("The peer would abort");
      compiled = await compiler.compileJSONSchema(text, true);
      times.peerCompile.push(performance.now() - start);
      theirs = await peer.GrammarMatcher.createGrammarMatcher(compiled);
    } catch {
      // It refuses the schema.
    }
    const isCompared = theirs !== null && numShared++ < numCompared;
    const matcher = grammar.match();
    const state = { seed: numTimedSchemas };
    const written: number[] = [];
    const script = tokenizer.encode(texts[0] ?? "");
    for (let step = 0; step < maxSteps; step++) {
      start = performance.now();
      const mask = matcher.mask();
      times.ours.push((performance.now() - start) * 1000);
      if (theirs !== null) {
        start = performance.now();
        const peerMask = await theirs.getNextTokenBitmask();
        times.peer.push((performance.now() - start) * 1000);
        const isMore = mask.some((word, i) => (word & ~peerMask[i]!) !== 0);
        const isLess = mask.some((word, i) => (peerMask[i]! & ~word) !== 0);
        if (isCompared)
          differences.add(name, Buffer.from(written).toString("utf8"), { ours: mask, theirs: peerMask });
        agreement[isMore ? (isLess ? "both" : "more") : isLess ? "less" : "same"]++;
      }
      if (matcher.isFinished) break;
      let token = script[step];
      if (token === undefined || !matcher.fork().accept(token)) {
        const allowed = idsOf(mask).filter((id) => id !== stopId);
        token = allowed[random(state, allowed.length)]!;
      }
      matcher.accept(token);
      written.push(...tokenizer.tokenBytes(token));
      if (theirs !== null && !theirs.acceptToken(token)) theirs = null;
    }
    compiled?.dispose();
  }
  console.log(
    `\n## ${numTimedSchemas} schemas, up to ${maxSteps} tokens each, along valid texts where they go on`,
  );
  console.log(describe("mask", times.ours, "us"));
  console.log(describe("mask, web-xgrammar with the copy out", times.peer, "us"));
  console.log(describe("compile with masks ahead", times.oursCompile, "ms"));
  console.log(describe("compile, web-xgrammar", times.peerCompile, "ms"));
  const { same, more, less, both } = agreement;
  console.log(`masks: ${same} the same, ${more} ours allow more, ${less} ours allow less, ${both} neither`);
  printLoad();
  differences.print();
}

/** GPT-2's printable character of each byte. */
function byteAlphabet(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

function walkAll(samples: readonly Sample[], tokenizer: Tokenizer, vocabulary: GrammarVocabulary): void {
  const refused = new Map<string, number>();
  const counts = { compiled: 0, ended: 0, open: 0, invalid: 0, unchecked: 0, faults: 0 };
  const closers = ['"', "}", "]", ":", ","].map((text) => tokenizer.encode(text)[0]!);
  for (const { name, schema } of samples) {
    let grammar: Grammar;
    try {
      grammar = new Grammar(compileSchema(schema), vocabulary, [stopId]);
    } catch (error) {
      if (!(error instanceof SchemaError)) {
        counts.faults++;
        console.log(`FAULT ${name}: ${error}`);
        continue;
      }
      refused.set(error.keyword, (refused.get(error.keyword) ?? 0) + 1);
      continue;
    }
    counts.compiled++;
    const validate = validatorOf(schema);
    if (validate === null) counts.unchecked++;
    const state = { seed: counts.compiled };
    const matcher = grammar.match();
    const bytes: number[] = [];
    let isEnded = false;
    for (let step = 0; step < 300 && !isEnded; step++) {
      if (matcher.isComplete && (step > 60 || matcher.isFinished || random(state, 8) === 0)) isEnded = true;
      else {
        const mask = matcher.mask();
        const closing = step > 60 ? closers.filter((id) => has(mask, id)) : [];
        const token = closing.length > 0 ? closing[random(state, closing.length)]! : draw(mask, state);
        matcher.accept(token);
        bytes.push(...vocabulary.bytesOf(token)!);
      }
    }
    if (!isEnded) counts.open++;
    else if (validate !== null) {
      counts.ended++;
      const text = Buffer.from(bytes).toString("utf8");
      if (validate(JSON.parse(text))) continue;
      counts.invalid++;
      console.log(`INVALID ${name}: ${text.slice(0, 300)}`);
    }
  }
  console.log(`\n## Random walks, ${samples.length} schemas`);
  console.log(JSON.stringify(counts));
  console.log(
    `refused by keyword: ${JSON.stringify(Object.fromEntries([...refused].sort((a, b) => b[1] - a[1])))}`,
  );
}

const samples = readSamples(environment("LLAMERO_SCHEMAS"));
const file = readFileSync(join(environment("LLAMERO_MODELS"), "llama3.tokenizer.model"));
const tokenizer = loadTokenizer({ kind: "tokenizer.model", bytes: file });
const start = performance.now();
const vocabulary = GrammarVocabulary.of(tokenizer);
console.log(
  `vocabulary of ${tokenizer.vocabSize} tokens: ${(performance.now() - start).toFixed(0)} ms, once per model`,
);
printLoad();
const part = process.argv[3] ?? "all";
if (part === "all" || part === "walk") walkAll(samples.slice(0, numWalked), tokenizer, vocabulary);
if (part === "all" || part === "time") await timeMasks(samples, tokenizer, vocabulary, 200);
// The peer compiles large schemas for minutes.
const small = samples.filter(({ schema, texts }) => texts.length > 0 && JSON.stringify(schema).length < 2500);
const stride = Math.max(1, Math.floor(small.length / numCompared));
const spread = small.filter((_, index) => index % stride === 0);
if (part === "compare") await timeMasks(spread, tokenizer, vocabulary, numCompared);
