import type { Json } from "../../api/json.ts";

/** What the server asks of the process that trains. */
export type TrainingAsk =
  | {
      ask: "run";
      method: "sft" | "dpo" | "pretrain";
      /** The whole recipe, with absolute paths. */
      recipe: { [key: string]: Json };
      folder: string;
      /** Where token shards lie, for pre-training. */
      tokensFolder: string;
    }
  | { ask: "stop" };

/** What that process tells. */
export type TrainingTell =
  | { tell: "start"; steps: number; resources: { [key: string]: Json } }
  | {
      tell: "step";
      step: number;
      tokens: number;
      seconds: number;
      loss: number;
      tokensPerSecond: number;
    }
  | { tell: "eval"; step: number; values: Record<string, number> }
  | { tell: "checkpoint"; step: number; path: string }
  | { tell: "done"; stopped: string; paths: string[] }
  | { tell: "failed"; isUsers: boolean; message: string };
