import type {
  Backend,
  Executable,
  KvHandle,
  SampleParams,
  SampleResult,
  Step,
  StepSequence,
} from "@llamero/kernels";
import { scoreRow } from "../sample/log-softmax.ts";
import type { ProgramVariants } from "./program-variants.ts";
import type { ScoredPosition } from "./request.ts";
import type { Chunk, ScheduledStep } from "./scheduler.ts";

/**
 * What a step gave one chunk: a drawn token if it reached the end of its sequence, and one more for each guess that was
 * drawn; scores if it asked for them; or why no token could be drawn.
 */
export interface ChunkResult {
  samples: SampleResult[];
  scores: ScoredPosition[];
  /** Hidden states of the output rows, for work that wants them. */
  hidden: readonly Float32Array[];
  error: unknown;
}

interface Draw {
  /** Index of the chunk that gets the token. */
  chunk: number;
  row: number;
  params: SampleParams;
}

/** Turns scheduled chunks into a step, runs it and samples. Knows sequences, no requests. */
export class ModelRunner {
  readonly #backend: Backend;
  readonly #variants: Pick<ProgramVariants, "get">;
  readonly #kv: KvHandle;

  constructor(backend: Backend, variants: Pick<ProgramVariants, "get">, kv: KvHandle) {
    this.#backend = backend;
    this.#variants = variants;
    this.#kv = kv;
  }

  /** Rejects with the signal's AbortError, or whatever the backend says; the KV of the chunks is then garbage. */
  async run({ chunks, copies }: ScheduledStep, signal: AbortSignal): Promise<ChunkResult[]> {
    for (const { from, to } of copies) this.#backend.copyKvBlock(this.#kv, from, to);
    const results = new Map<Chunk, ChunkResult>();
    // Hidden states come from a program without logits, so a step that wants both is two runs.
    for (const head of [true, false]) {
      const part = chunks.filter(({ sequence }) => (sequence.work.kind !== "embed") === head);
      if (part.length === 0) continue;
      const lora = part.some(({ sequence }) => sequence.adapter !== undefined);
      const executable = this.#variants.get({ lora, head });
      await executable.run(stepOf(part), signal);
      const collected = this.#collect(part, executable);
      for (const [i, chunk] of part.entries()) results.set(chunk, collected[i]!);
    }
    return chunks.map((chunk) => results.get(chunk)!);
  }

  /** Output rows are in chunk order, so one counter finds each chunk's own. */
  #collect(chunks: readonly Chunk[], executable: Executable): ChunkResult[] {
    const results: ChunkResult[] = chunks.map(() => ({
      samples: [],
      scores: [],
      hidden: [],
      error: null,
    }));
    const draws: Draw[] = [];
    let row = 0;
    chunks.forEach(({ sequence, count, numOutputs, draft }, chunk) => {
      const { work } = sequence;
      if (numOutputs > 0 && work.kind === "sample") {
        for (let i = 0; i < numOutputs; i++) {
          const params = work.sampler.at(sequence.length + i, draft.slice(0, i));
          draws.push({ chunk, row: row + i, params });
        }
      } else if (numOutputs > 0 && work.kind === "score") {
        const from = sequence.numComputed + count - numOutputs;
        const targets = work.targets.subarray(from, from + numOutputs);
        results[chunk]!.scores = scoresOf(executable, row, targets, work.numTop);
      } else if (numOutputs > 0 && work.kind === "embed") {
        results[chunk]!.hidden = Array.from({ length: numOutputs }, (_, i) =>
          executable.read("hidden", row + i, 1),
        );
      }
      row += numOutputs;
    });
    if (draws.length > 0) drawAll(executable, draws, results);
    for (const [i, { draft }] of chunks.entries()) keepDrawn(results[i]!, draft);
    return results;
  }
}

/**
 * All rows at once; one by one when that fails, so that the error stays with the row that caused it. What a chunk would
 * draw after that row is left out.
 */
function drawAll(executable: Executable, draws: readonly Draw[], results: readonly ChunkResult[]): void {
  try {
    const samples = executable.sample("logits", draws);
    for (const [i, { chunk }] of draws.entries()) {
      if (results[chunk]!.error === null) results[chunk]!.samples.push(samples[i]!);
    }
  } catch (error) {
    for (const draw of draws) {
      if (draws.length === 1) results[draw.chunk]!.error = error;
      else drawAll(executable, [draw], results);
    }
  }
}

/**
 * Keeps the draws up to the first that is not the guessed token: the rows behind it followed a token that was not drawn,
 * so neither their draws nor an error among them count.
 */
function keepDrawn(result: ChunkResult, draft: readonly number[]): void {
  const { samples } = result;
  const firstWrong = draft.findIndex((token, i) => i < samples.length && samples[i]!.token !== token);
  if (firstWrong < 0) return;
  samples.length = firstWrong + 1;
  result.error = null;
}

function scoresOf(
  executable: Executable,
  firstRow: number,
  targets: Int32Array,
  numTop: number,
): ScoredPosition[] {
  return Array.from(targets, (token, i) => ({
    token,
    ...scoreRow(executable.read("logits", firstRow + i, 1), token, numTop),
  }));
}

/** The header of a run. */
function stepOf(chunks: readonly Chunk[]): Step {
  const numRows = chunks.reduce((sum, { count }) => sum + count, 0);
  const tokens = new Int32Array(numRows);
  const sequences: StepSequence[] = [];
  const outputRows: number[] = [];
  let rowStart = 0;
  for (const { sequence, count, numOutputs, draft } of chunks) {
    const position = sequence.numComputed;
    tokens.set(sequence.tokens.subarray(position, position + count - draft.length), rowStart);
    tokens.set(draft, rowStart + count - draft.length);
    const blocks = Int32Array.from(sequence.table!.blocks);
    const { adapter } = sequence;
    const place = { rowStart, rowCount: count, position, blocks };
    sequences.push(adapter === undefined ? place : { ...place, adapter });
    rowStart += count;
    for (let row = rowStart - numOutputs; row < rowStart; row++) outputRows.push(row);
  }
  return { tokens, sequences, outputRows: Int32Array.from(outputRows) };
}
