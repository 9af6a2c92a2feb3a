import type { FinishReason, Message, ResponseFormat, ToolCall, ToolDefinition } from "@llamero/core";
import type { Degradation, Mode } from "@llamero/kernels";

/** What answers, and everything about it that a score depends on. */
export interface GeneratorIdentity {
  model: string;
  /** Digest of the weights; null where the other side does not tell. */
  modelHash: string | null;
  /** Digest of the chat template; null for raw text and where the other side does not tell. */
  templateHash: string | null;
  backend: string;
  mode: Mode | null;
  /** What else of the set-up changes answers, such as the type of the KV cache. */
  settings?: Readonly<Record<string, string>>;
}

/** A raw text to be continued, or a conversation rendered with the model's own chat format. */
export type Prompt =
  | { kind: "text"; text: string }
  | { kind: "chat"; messages: readonly Message[]; tools?: readonly ToolDefinition[] };

export interface GenerationRequest {
  prompt: Prompt;
  maxTokens: number;
  /** 0: greedy. */
  temperature: number;
  topP: number;
  seed: number;
  stop: readonly string[];
  /** What the answer must be: a local model is held to it; a server is not told, so check the answer. */
  responseFormat?: ResponseFormat;
  signal?: AbortSignal;
}

export interface Generation {
  text: string;
  toolCalls: readonly ToolCall[];
  reason: FinishReason;
  promptTokens: number;
  completionTokens: number;
}

/**
 * What to do with a text beyond the context: refuse it, leave out its beginning, or score it in windows as long as the
 * context one after the other (rolling log-likelihood, for perplexity; only without a context).
 */
export type Overflow = "error" | "truncate" | "windows";

/** How likely a continuation is after a context; both raw text. */
export interface LoglikelihoodRequest {
  /** Empty: the text begins, after the token that begins texts. */
  context: string;
  continuation: string;
  /** Default error. */
  overflow?: Overflow;
  signal?: AbortSignal;
}

export interface Loglikelihood {
  /** Natural log-probability of the whole continuation. */
  logprob: number;
  /** True when each of its tokens was the most likely one. */
  isGreedy: boolean;
  numTokens: number;
}

/** Whatever answers: a local model or any OpenAI URL. */
export interface Generator {
  readonly identity: GeneratorIdentity;
  readonly contextLimit: number | null;
  /** Requests worth having under way at once: the engine batches them. */
  readonly concurrency: number;
  readonly degraded: readonly Degradation[];
  generate(request: GenerationRequest): Promise<Generation>;
  /** Null where the other side gives no log-probabilities of a prompt. */
  readonly loglikelihood: ((request: LoglikelihoodRequest) => Promise<Loglikelihood>) | null;
}
