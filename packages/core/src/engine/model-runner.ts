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
import type { ScoredPosition } from "./request.ts";
import type { Chunk, ScheduledStep } from "./scheduler.ts";

/**
 * What a step gave one chunk: a drawn token if it reached the end of its sequence, scores if it asked for them, or
 * why no token could be drawn.
 */
export interface ChunkResult {
  sample: SampleResult | null;
  scores: ScoredPosition[];
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
  readonly #executable: Executable;
  readonly #kv: KvHandle;

  constructor(backend: Backend, executable: Executable, kv: KvHandle) {
    this.#backend = backend;
    this.#executable = executable;
    this.#kv = kv;
  }

  /** Rejects with the signal's AbortError, or whatever the backend says; the KV of the chunks is then garbage. */
  async run({ chunks, copies }: ScheduledStep, signal: AbortSignal): Promise<ChunkResult[]> {
    for (const { from, to } of copies) this.#backend.copyKvBlock(this.#kv, from, to);
    await this.#executable.run(stepOf(chunks), signal);
    return this.#collect(chunks);
  }

  /** Output rows are in chunk order, so one counter finds each chunk's own. */
  #collect(chunks: readonly Chunk[]): ChunkResult[] {
    const results: ChunkResult[] = chunks.map(() => ({ sample: null, scores: [], error: null }));
    const draws: Draw[] = [];
    let row = 0;
    chunks.forEach(({ sequence, count, numOutputs }, chunk) => {
      const { work } = sequence;
      if (numOutputs > 0 && work.kind === "sample") {
        draws.push({ chunk, row, params: work.sampler.at(sequence.length) });
      } else if (numOutputs > 0 && work.kind === "score") {
        const from = sequence.numComputed + count - numOutputs;
        results[chunk]!.scores = this.#score(
          row,
          work.targets.subarray(from, from + numOutputs),
          work.numTop,
        );
      }
      row += numOutputs;
    });
    if (draws.length > 0) this.#draw(draws, results);
    return results;
  }

  /** All rows at once; one by one when that fails, so that the error stays with the row that caused it. */
  #draw(draws: readonly Draw[], results: readonly ChunkResult[]): void {
    try {
      const samples = this.#executable.sample("logits", draws);
      for (const [i, { chunk }] of draws.entries()) results[chunk]!.sample = samples[i]!;
    } catch (error) {
      for (const draw of draws) {
        if (draws.length === 1) results[draw.chunk]!.error = error;
        else this.#draw([draw], results);
      }
    }
  }

  #score(firstRow: number, targets: Int32Array, numTop: number): ScoredPosition[] {
    return Array.from(targets, (token, i) => ({
      token,
      ...scoreRow(this.#executable.read("logits", firstRow + i, 1), token, numTop),
    }));
  }
}

/** The header of a run. */
function stepOf(chunks: readonly Chunk[]): Step {
  const numRows = chunks.reduce((sum, { count }) => sum + count, 0);
  const tokens = new Int32Array(numRows);
  const sequences: StepSequence[] = [];
  const outputRows: number[] = [];
  let rowStart = 0;
  for (const { sequence, count, numOutputs } of chunks) {
    const position = sequence.numComputed;
    tokens.set(sequence.tokens.subarray(position, position + count), rowStart);
    const blocks = Int32Array.from(sequence.table!.blocks);
    sequences.push({ rowStart, rowCount: count, position, blocks });
    rowStart += count;
    for (let row = rowStart - numOutputs; row < rowStart; row++) outputRows.push(row);
  }
  return { tokens, sequences, outputRows: Int32Array.from(outputRows) };
}
