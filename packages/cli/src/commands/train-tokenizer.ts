import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type TokenizerInput,
  type TrainedTokenizer,
  trainTokenizer,
  writeTokenizer,
} from "@llamero/train/tokenizer";
import { type CommandDefinition, defineCommand, type Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { jsonFlag, numberFlag, switchFlag, textFlag } from "../flags.ts";
import { formatBytes, parseSize } from "../terminal/human.ts";
import { interruptSignal } from "../terminal/interrupt.ts";
import { printJson } from "../terminal/print-json.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { formatTable } from "../terminal/table.ts";

/** A flag that is given once for every input, or once for all. */
function repeatedFlag<T>(flags: string, description: string, parse: (text: string) => T): Flag<readonly T[]> {
  return {
    flags,
    description,
    env: null,
    parse: (text, previous) => [...previous, parse(text)],
    fallback: [],
  };
}

const parseBytes = (text: string): number => {
  const value = parseSize(text.replace(/b$/i, ""));
  if (value === null || value < 1)
    throw new UsageError(`A number of bytes is written 500K, 20M or 1G, not ${text}`);
  return value;
};

const parseWeight = (text: string): number => {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value > 0)) throw new UsageError(`--weight takes a number above 0, not ${text}`);
  return value;
};

const parseWhere = (text: string): TokenizerInput["where"] => {
  const gap = text.indexOf("=");
  if (text === "") return undefined;
  if (gap <= 0) throw new UsageError(`--where takes a field and a value such as lang=en, not ${text}`);
  return { field: text.slice(0, gap), value: text.slice(gap + 1) };
};

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details: `Writes tokenizer.json, tokenizer_config.json and report.json. An input is a file, a folder or a pattern: JSON lines with a
field text, plain text, HTML, Parquet, WARC or tar, packed or not. --weight, --max-bytes, --max-document-bytes, --text-field
and --where are given once for all inputs or once for each, in order. The same inputs give the same files.`,
  flags: {
    input: repeatedFlag(
      "-i, --input <path>",
      "text to learn from; may be given several times",
      (text) => text,
    ),
    weight: repeatedFlag("--weight <n>", "how often each occurrence in the input counts", parseWeight),
    maxBytes: repeatedFlag(
      "--max-bytes <size>",
      "text to take from the input at most, such as 20M",
      parseBytes,
    ),
    maxDocumentBytes: repeatedFlag(
      "--max-document-bytes <size>",
      "text to take from the beginning of each document at most",
      parseBytes,
    ),
    vocabSize: numberFlag("-v, --vocab-size <n>", "tokens in all, special ones included", 8192, {
      min: 1,
      isInteger: true,
    }),
    reserved: numberFlag("--reserved <n>", "reserved special tokens", 8, {
      min: 0,
      max: 248,
      isInteger: true,
    }),
    minCount: numberFlag("--min-count <n>", "merge no pair that occurs less often", 2, {
      min: 1,
      isInteger: true,
    }),
    textField: repeatedFlag(
      "--text-field <name>",
      "field that holds the text (default: text)",
      (text) => text,
    ),
    where: repeatedFlag(
      "--where <field=value>",
      "take only documents whose field has this value; empty takes all",
      parseWhere,
    ),
    out: textFlag("-o, --out <folder>", "write here (required)"),
    force: switchFlag("--force", "overwrite a tokenizer that is there"),
    json: jsonFlag,
  },
  examples: [
    "llamero train tokenizer -i corpus/ -v 8192 -o tokenizer",
    "llamero train tokenizer -i en.jsonl.zst --weight 1 -i skills.jsonl --weight 3 -o tokenizer",
  ],
  async run(_args, values) {
    const { out, input } = values;
    if (out === null) throw new UsageError("--out is missing: the folder to write the tokenizer to");
    if (input.length === 0) throw new UsageError("--input is missing: a file, folder or pattern of texts");
    if (!values.force && existsSync(join(out, "tokenizer.json")))
      throw new UsageError(`${out} holds a tokenizer already`, "--force overwrites it");
    const weights = spread("--weight", values.weight, input.length);
    const sizes = spread("--max-bytes", values.maxBytes, input.length);
    const documentSizes = spread("--max-document-bytes", values.maxDocumentBytes, input.length);
    const fields = spread("--text-field", values.textField, input.length);
    const filters = spread("--where", values.where, input.length);
    const inputs = input.map((path, i): TokenizerInput => {
      const [weight, maxBytes, maxDocumentBytes] = [weights[i], sizes[i], documentSizes[i]];
      const [textField, where] = [fields[i], filters[i]];
      return {
        path,
        ...(textField === undefined ? {} : { textField }),
        ...(where === undefined ? {} : { where }),
        ...(weight === undefined ? {} : { weight }),
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(maxDocumentBytes === undefined ? {} : { maxDocumentBytes }),
      };
    });
    const reading = new ProgressBar("Reading");
    let lastTokens = 0;
    const trained = await runOrExplain({
      inputs,
      vocabSize: values.vocabSize,
      numReserved: values.reserved,
      minCount: values.minCount,
      signal: interruptSignal(),
      onProgress({ phase, done, total }) {
        if (phase === "read") reading.update(done, total);
        else if (done - lastTokens >= total / 20 || lastTokens === 0) {
          reading.clear();
          process.stderr.write(`Merging  ${count(done)} of ${count(total)} tokens\n`);
          lastTokens = done;
        }
      },
    });
    reading.clear();
    if (trained === null) {
      process.stderr.write("Stopped; nothing was written\n");
      return 130;
    }
    writeTokenizer(out, trained);
    const { report } = trained;
    if (values.json) {
      printJson({ folder: out, ...report });
      return 0;
    }
    const rows = report.inputs.map((one) => [
      one.path,
      count(one.documents),
      formatBytes(one.textBytes),
      `${(100 * one.share).toFixed(1)} %`,
      one.bytesPerToken.toFixed(2),
    ]);
    const header = ["INPUT", "DOCUMENTS", "TEXT", "SHARE", "BYTES/TOKEN"];
    process.stdout.write(`${formatTable(header, rows, [1, 2, 3, 4])}
${count(report.vocabSize)} tokens: ${count(report.numMerges)} merges, ${report.numSpecials} special
${count(report.distinctPieces)} kinds of pieces; ${count(report.forgottenPieces)} rare ones forgotten, ${count(report.longPieces)} occurrences too long
Read in ${report.readSeconds.toFixed(1)} s, merged in ${report.mergeSeconds.toFixed(1)} s
${join(out, "tokenizer.json")}
`);
    return 0;
  },
});

/** One value for each input; an empty list where none was given. */
function spread<T>(flag: string, given: readonly T[], numInputs: number): readonly T[] {
  if (given.length === 0 || given.length === numInputs) return given;
  if (given.length === 1) return new Array<T>(numInputs).fill(given[0]!);
  throw new UsageError(
    `${flag} is given ${given.length} times for ${numInputs} inputs`,
    `Give it once for all, or once for each`,
  );
}

/** Null where it was interrupted. What the options or inputs got wrong is the user's to put right. */
async function runOrExplain(options: Parameters<typeof trainTokenizer>[0]): Promise<TrainedTokenizer | null> {
  try {
    return await trainTokenizer(options);
  } catch (cause) {
    if (options.signal?.aborted === true) return null;
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new UsageError(cause.message, null, { cause });
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
