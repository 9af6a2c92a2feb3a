import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { loadTokenizer, type Tokenizer } from "@llamero/core/tokenizer";
import { writeAtomic } from "../data/output/atomic-file.ts";
import { PieceCounter } from "./count-pieces.ts";
import { type LearnedMerges, learnMerges } from "./learn-merges.ts";
import { cutText, listInputFiles, readTexts, type TokenizerInput } from "./read-inputs.ts";
import { listSpecialTokens, numNamedSpecials } from "./special-tokens.ts";
import { writeTokenizerConfig, writeTokenizerJson } from "./tokenizer-json.ts";

/** What to train. */
export interface TrainTokenizerOptions {
  inputs: readonly TokenizerInput[];
  /** Tokens in all: bytes, merges and specials. */
  vocabSize: number;
  /** Reserved special tokens; default 8, at most 248. */
  numReserved?: number;
  /** A pair that occurs less often is not merged; default 2. */
  minCount?: number;
  /** Distinct pieces held in memory; default 4,000,000. */
  maxPieces?: number;
  signal?: AbortSignal;
  onProgress?(progress: TokenizerProgress): void;
}

/** How far it is: reading in bytes of files, merging in tokens. */
export interface TokenizerProgress {
  phase: "read" | "merge";
  done: number;
  total: number;
}

/** What was learned from one input. */
export interface InputReport {
  path: string;
  weight: number;
  documents: number;
  textBytes: number;
  /** Of all text, weights counted. */
  share: number;
  /** Of a sample of the input; higher is better. */
  bytesPerToken: number;
}

/** What a training made, as `report.json` holds it. */
export interface TokenizerReport {
  vocabSize: number;
  numMerges: number;
  numSpecials: number;
  textBytes: number;
  distinctPieces: number;
  /** Rare kinds forgotten for want of room, and occurrences too long to learn from. */
  forgottenPieces: number;
  longPieces: number;
  readSeconds: number;
  mergeSeconds: number;
  inputs: InputReport[];
}

/** A trained tokenizer and the files that hold it. */
export interface TrainedTokenizer {
  tokenizer: Tokenizer;
  tokenizerJson: string;
  tokenizerConfig: string;
  report: TokenizerReport;
}

/** Bytes of text kept of each input and of each of its documents to measure bytes per token. */
const sampleBytes = 1 << 20;
const documentSampleBytes = 1 << 15;

/** Learns a byte-level BPE vocabulary in the form of Llama 3's from texts. The same inputs give the same bytes. */
export async function trainTokenizer(options: TrainTokenizerOptions): Promise<TrainedTokenizer> {
  const { inputs, vocabSize, numReserved = 8 } = options;
  const specials = listSpecialTokens(numReserved);
  checkSizes(vocabSize, numReserved, specials.length);
  if (inputs.length === 0) throw new RangeError("There is no input to learn from: name files of text");
  const startedAt = performance.now();
  const counter = new PieceCounter(options.maxPieces);
  const read = await readInputs(options, counter);
  const readAt = performance.now();
  if (counter.numPieces === 0)
    throw new RangeError(
      `There is no text to learn from in ${inputs.map(({ path }) => path).join(", ")}: all documents are empty`,
    );
  const numTokens = vocabSize - specials.length;
  const learned = await learnMerges(counter, {
    numTokens,
    ...(options.minCount === undefined ? {} : { minCount: options.minCount }),
    signal: options.signal,
    onProgress: (done) => options.onProgress?.({ phase: "merge", done, total: numTokens }),
  });
  refuseTooFew(learned, numTokens, specials.length, read.textBytes);
  const tokenizerJson = writeTokenizerJson(learned, specials);
  const tokenizer = loadTokenizer({ kind: "tokenizer.json", text: tokenizerJson });
  const mergedAt = performance.now();
  return {
    tokenizer,
    tokenizerJson,
    tokenizerConfig: writeTokenizerConfig(numTokens, specials),
    report: {
      vocabSize,
      numMerges: learned.merges.length,
      numSpecials: specials.length,
      textBytes: read.textBytes,
      distinctPieces: counter.numPieces,
      forgottenPieces: counter.numForgotten,
      longPieces: counter.numLong,
      readSeconds: (readAt - startedAt) / 1000,
      mergeSeconds: (mergedAt - readAt) / 1000,
      inputs: read.inputs.map(({ sample, weightedBytes, ...input }) => ({
        ...input,
        share: weightedBytes / read.weightedBytes,
        bytesPerToken: measure(tokenizer, sample),
      })),
    },
  };
}

/** Writes `tokenizer.json`, `tokenizer_config.json` and `report.json` into a folder, each at once or not at all. */
export function writeTokenizer(folder: string, trained: TrainedTokenizer): void {
  mkdirSync(folder, { recursive: true });
  writeAtomic(join(folder, "tokenizer.json"), trained.tokenizerJson);
  writeAtomic(join(folder, "tokenizer_config.json"), trained.tokenizerConfig);
  writeAtomic(join(folder, "report.json"), `${JSON.stringify(trained.report, null, 2)}\n`);
}

/** Bytes of text per token. */
function measure(tokenizer: Tokenizer, sample: readonly string[]): number {
  let numBytes = 0;
  let numTokens = 0;
  for (const text of sample) {
    numBytes += Buffer.byteLength(text);
    numTokens += tokenizer.encode(text).length;
  }
  return numTokens === 0 ? 0 : numBytes / numTokens;
}

interface InputSample {
  path: string;
  weight: number;
  documents: number;
  textBytes: number;
  weightedBytes: number;
  sample: string[];
}

async function readInputs(
  options: TrainTokenizerOptions,
  counter: PieceCounter,
): Promise<{ inputs: InputSample[]; textBytes: number; weightedBytes: number }> {
  const listed = options.inputs.map((input) => ({ input, files: listInputFiles(input) }));
  const total = listed.reduce((sum, { files }) => sum + files.reduce((s, file) => s + file.sizeBytes, 0), 0);
  const inputs: InputSample[] = [];
  let done = 0;
  for (const { input, files } of listed) {
    const { path, maxBytes = Number.POSITIVE_INFINITY, maxDocumentBytes = Number.POSITIVE_INFINITY } = input;
    const weight = roundWeight(input.weight ?? 1, path);
    const found: InputSample = { path, weight, documents: 0, textBytes: 0, weightedBytes: 0, sample: [] };
    let sampled = 0;
    for (const file of files) {
      if (found.textBytes < maxBytes) {
        for await (const whole of readTexts(file.path, input)) {
          options.signal?.throwIfAborted();
          const text = cutText(whole, Math.min(maxDocumentBytes, maxBytes - found.textBytes));
          found.documents++;
          found.textBytes += counter.add(text, weight);
          if (sampled < sampleBytes) {
            const part = cutText(text, documentSampleBytes);
            sampled += part.length;
            found.sample.push(part);
          }
          if (found.textBytes >= maxBytes - 64) break;
        }
      }
      done += file.sizeBytes;
      options.onProgress?.({ phase: "read", done, total });
    }
    found.weightedBytes = found.textBytes * weight;
    inputs.push(found);
  }
  return {
    inputs,
    textBytes: inputs.reduce((sum, { textBytes }) => sum + textBytes, 0),
    weightedBytes: inputs.reduce((sum, { weightedBytes }) => sum + weightedBytes, 0),
  };
}

/** Weights in steps that doubles add without error, so that the order of texts cannot matter. */
function roundWeight(weight: number, path: string): number {
  const rounded = Math.round(weight * 1024) / 1024;
  if (!(rounded > 0 && rounded <= 65_536))
    throw new RangeError(`The weight of ${path} is ${weight}; give one from 0.001 to 65536`);
  return rounded;
}

function checkSizes(vocabSize: number, numReserved: number, numSpecials: number): void {
  if (!Number.isInteger(numReserved) || numReserved < 0 || numReserved > 248)
    throw new RangeError(`There are 0 to 248 reserved special tokens, not ${numReserved}`);
  const least = 256 + numSpecials;
  // Merge ranks of the encoder stay below 2^20.
  if (!Number.isInteger(vocabSize) || vocabSize < least || vocabSize > 1_000_000)
    throw new RangeError(
      `A vocabulary of ${vocabSize} tokens cannot be made: 256 bytes, ${numNamedSpecials} special tokens and ` +
        `${numReserved} reserved ones take ${least}, and 1000000 is the most`,
    );
}

function refuseTooFew(
  learned: LearnedMerges,
  numTokens: number,
  numSpecials: number,
  textBytes: number,
): void {
  const found = learned.spellings.length;
  if (found < numTokens)
    throw new RangeError(
      `${textBytes} bytes of text give ${found + numSpecials} tokens, not ${numTokens + numSpecials}: ` +
        "give more text or ask for a smaller vocabulary",
    );
}
