/** One line of a run's `metrics.jsonl`, and what progress bars, curves and TensorBoard files are made of. */
export type RunEvent =
  | {
      event: "step";
      step: number;
      /** Tokens with a loss so far, since the run's first step. */
      tokens: number;
      /** Mean loss of the step in nats per token, or what the method calls its loss. */
      loss: number;
      learningRate: number;
      gradientNorm: number;
      tokensPerSecond: number;
      /** Seconds of training so far, all parts of a resumed run together. */
      seconds: number;
      /** Further curves of the method, such as `preferenceAccuracy`. */
      more?: Readonly<Record<string, number>>;
    }
  | { event: "eval"; step: number; values: Readonly<Record<string, number>> }
  | { event: "sample"; step: number; prompt: string; text: string }
  | { event: "checkpoint"; step: number; path: string }
  | { event: "note"; step: number; text: string }
  | {
      event: "done";
      step: number;
      seconds: number;
      stopped: "finished" | "interrupted" | "failed";
      why?: string;
    };

/** Told of every event as it happens; must not throw. */
export type RunListener = (event: RunEvent) => void;
