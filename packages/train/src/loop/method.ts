import type { TrainSession } from "../session/session.ts";

/** What one optimizer step learned from. */
export interface StepLoss {
  /** Mean loss in nats per token with a loss, or what the method calls its loss. */
  loss: number;
  /** Tokens (or pairs) with a loss; the gradient is divided by it where the method's seeds did not do so. */
  tokens: number;
  /** Factor that `update` gets on the gradient. */
  gradientScale: number;
  more?: Readonly<Record<string, number>>;
  /** Where the data of this step is, to be named when its loss is no number: `corpus.jsonl, records 120 to 151`. */
  records: string;
}

/**
 * A way of training. The loop calls `accumulate`, then updates, logs and saves. What a step learns from depends on its
 * number and the session alone, so that a run that goes on after a kill repeats bit for bit.
 */
export interface TrainMethod {
  /** `pretrain`, `sft`, `reward`, `dpo`, `distill`. */
  readonly name: string;
  /** Optimizer steps of the whole run. */
  readonly steps: number;
  /** Forward and backward of all micro-batches of step `step` (from 0). */
  accumulate(session: TrainSession, step: number, signal?: AbortSignal): Promise<StepLoss>;
  /** Figures on data that is not trained on, such as `validationLoss`. */
  evaluate?(session: TrainSession, signal?: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** A few texts of the model as it is, for people to look at. */
  sample?(session: TrainSession, signal?: AbortSignal): Promise<readonly { prompt: string; text: string }[]>;
}
