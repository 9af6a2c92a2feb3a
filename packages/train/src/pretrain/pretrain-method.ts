import type { TrainExample } from "../batch/example.ts";
import { type PackedBatch, packExamples } from "../batch/pack.ts";
import type { StepLoss, TrainMethod } from "../loop/method.ts";
import type { TrainSession } from "../session/session.ts";
import type { MixPlan } from "./mix-plan.ts";
import type { Piece, PieceTable } from "./pieces.ts";
import type { MixShares } from "./recipe.ts";
import type { TokenCorpus } from "./token-shards.ts";

export interface PretrainMethodOptions {
  steps: number;
  plan: MixPlan;
  corpora: ReadonlyMap<string, TokenCorpus>;
  /** Rows that are computed at once in a step. */
  rowsOf(step: number): number;
  /** Held-out pieces by source. */
  heldOut: ReadonlyMap<string, PieceTable>;
  /** Tokens measured of each source. */
  heldOutTokens: number;
  /** `validationLoss` is the mean over sources by these shares. */
  shares: MixShares;
  sample?: TrainMethod["sample"];
}

/** Next-token prediction on a mix of sources. The gradient is that of the mean over all tokens of the step. */
export function pretrainMethod(options: PretrainMethodOptions): TrainMethod {
  const { steps, plan, corpora, rowsOf, heldOut, heldOutTokens, shares, sample } = options;
  return {
    name: "pretrain",
    steps,
    async accumulate(session, step, signal): Promise<StepLoss> {
      const pieces = plan.piecesOf(step);
      const tokens = pieces.reduce((sum, { rows }) => sum + rows, 0);
      const examples = pieces.map((piece) => readPiece(corpora.get(piece.source)!, piece));
      let sum = 0;
      for (const batch of packExamples(examples, { maxRows: rowsOf(step) })) {
        const losses = await session.forward(batch, signal);
        sum += addUp(losses);
        await session.backward(new Float32Array(losses.length).fill(1 / tokens), signal);
      }
      const records = pieces.map((piece) => nameOf(corpora.get(piece.source)!, piece)).join("; ");
      return { loss: sum / tokens, tokens, gradientScale: 1, records };
    },
    async evaluate(session, signal): Promise<Record<string, number>> {
      const values: Record<string, number> = {};
      let weighted = 0;
      let weight = 0;
      for (const [source, table] of heldOut) {
        if (table.starts.length === 0) continue;
        const batches = heldOutBatches(corpora.get(source)!, table, heldOutTokens, rowsOf(session.step));
        const loss = await meanLoss(session, batches, signal);
        values[`validationLoss/${source}`] = loss;
        weighted += loss * (shares[source] ?? 0);
        weight += shares[source] ?? 0;
      }
      return weight === 0 ? values : { validationLoss: weighted / weight, ...values };
    },
    ...(sample === undefined ? {} : { sample }),
  };
}

function readPiece(corpus: TokenCorpus, { start, rows }: Piece): TrainExample {
  const ids = new Int32Array(rows + 1);
  corpus.read(start, ids);
  const weights = new Float32Array(rows + 1).fill(1);
  weights[0] = 0;
  return { ids, weights };
}

function heldOutBatches(
  corpus: TokenCorpus,
  { starts, rows }: PieceTable,
  tokens: number,
  maxRows: number,
): PackedBatch[] {
  const examples: TrainExample[] = [];
  let count = 0;
  for (let i = 0; i < starts.length && (count < tokens || i === 0); i++) {
    examples.push(readPiece(corpus, { start: starts[i]!, rows: rows[i]! }));
    count += rows[i]!;
  }
  return packExamples(examples, { maxRows });
}

async function meanLoss(
  session: TrainSession,
  batches: readonly PackedBatch[],
  signal: AbortSignal | undefined,
): Promise<number> {
  let sum = 0;
  let count = 0;
  for (const batch of batches) {
    const losses = await session.forward(batch, signal);
    sum += addUp(losses);
    count += losses.length;
  }
  return sum / count;
}

function addUp(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/** `novels, document 12, tokens 1024 to 1535`. */
function nameOf({ starts, index }: TokenCorpus, { start, rows }: Piece): string {
  let low = 0;
  let high = index.documents;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= start) low = middle;
    else high = middle;
  }
  const from = start - starts[low]!;
  return `${index.source}, document ${low + 1}, tokens ${from} to ${from + rows - 1}`;
}
