/**
 * What a worker and its parent say to each other. All of it is structured-cloneable data: prompts cross as token ids,
 * tokens come back in one message per step.
 */
import type { Degradation, Mode } from "@llamero/kernels";
import type { BackendChoice } from "../backend.ts";
import type { EngineStats } from "../engine/engine.ts";
import type { LoadProgress, PrefixCacheOptions } from "../engine/load-engine.ts";
import type { ModelPlan } from "../engine/plan.ts";
import type {
  EmbedOptions,
  EngineInfo,
  GenerateRequest,
  ScoredPosition,
  ScoreOptions,
  TokenEvent,
} from "../engine/request.ts";
import type { SpeculateOptions } from "../engine/speculation/load-draft.ts";
import type { WireError } from "./wire-error.ts";

/** How a worker loads its model. */
export interface WorkerLoad {
  path: string;
  backend?: BackendChoice;
  threads?: number;
  context?: number;
  kvDtype?: "f16" | "int8";
  kvTokens?: number;
  mode?: Mode;
  /** Sequences that run at once. */
  batch?: number;
  allowOvercommit?: boolean;
  /** Where computed KV is kept for later. */
  prefixCache?: PrefixCacheOptions;
  /** How tokens are guessed ahead. */
  speculate?: SpeculateOptions;
  /** Files or folders of LoRA adapters, by name. */
  adapters?: Readonly<Record<string, string>>;
  /** File of the machine-wide compute lease; absent: steps run whenever they want. */
  leasePath?: string;
}

/** A generation without what cannot cross. */
export type WireRequest = Omit<GenerateRequest, "signal">;

/** Calls with one answer. A new one is an entry here and one in `answerCall` of the host. */
export interface Calls {
  score: {
    input: { ids: readonly number[] | Int32Array } & Omit<ScoreOptions, "signal">;
    output: ScoredPosition[];
  };
  embed: {
    input: { ids: readonly number[] | Int32Array } & Omit<EmbedOptions, "signal">;
    output: Float32Array;
  };
  loadAdapter: { input: AdapterFile; output: null };
  unloadAdapter: { input: Pick<AdapterFile, "name">; output: null };
}

/** A LoRA adapter, a file or a folder, and the name that requests choose it by. */
export interface AdapterFile {
  name: string;
  path: string;
}

export type CallName = keyof Calls;

/** Input of any of the calls, with its name. */
export type CallInput = { [N in CallName]: { name: N; input: Calls[N]["input"] } }[CallName];

export type ToWorker =
  | { type: "load"; load: WorkerLoad }
  | { type: "submit"; id: number; request: WireRequest }
  | { type: "call"; id: number; call: CallInput }
  /** Ends a generation where it is; its finish event follows. */
  | { type: "stop"; id: number }
  /** Forgets a request; nothing follows. */
  | { type: "cancel"; id: number }
  | { type: "ping" }
  | { type: "close" };

export type FromWorker =
  | { type: "progress"; progress: LoadProgress }
  | { type: "ready"; info: EngineInfo; plan: ModelPlan; stats: EngineStats }
  /** Tokens of one step, of all requests in it. */
  | { type: "tokens"; batches: { id: number; events: TokenEvent[] }[]; stats: EngineStats }
  | { type: "answer"; id: number; output: Calls[CallName]["output"] }
  | { type: "failed"; id: number; error: WireError }
  /** Answer of a ping, and after a call or a cancelled request; null before there is a model. */
  | { type: "stats"; stats: EngineStats | null }
  /** What runs worse than asked, when that has changed. */
  | { type: "degraded"; degraded: readonly Degradation[] }
  /** The model cannot be loaded. */
  | { type: "error"; error: WireError }
  /** Everything is given back; the last message. */
  | { type: "closed" };

/** The parent's end of a running worker. */
export interface WorkerPort {
  /** Of the process; null for a worker inside this one. */
  readonly pid: number | null;
  send(message: ToWorker): void;
  /** Ends the worker at once, whatever it does; `onExit` follows. */
  kill(): void;
}

/** What the parent does with what comes. */
export interface WorkerListener {
  onMessage(message: FromWorker): void;
  /** Once, when the worker is gone; nothing comes after. */
  onExit(why: string): void;
}

/** Starts a worker of some kind. */
export type StartWorker = (listener: WorkerListener) => WorkerPort;

/** The worker's end. */
export interface HostPort {
  send(message: FromWorker): void;
  /** After the last message: lets the worker end. */
  close(): void;
}
