import type { EngineStats } from "./engine.ts";
import type {
  EmbedOptions,
  EngineInfo,
  GenerateRequest,
  ScoredPosition,
  ScoreOptions,
  TokenEvent,
} from "./request.ts";

/** What the text layer needs of an engine, wherever it runs; `Engine` has all of it. */
export interface EngineClient {
  readonly contextLimit: number;
  info(): EngineInfo;
  stats(): EngineStats;
  /** See `Engine.generate`. */
  generate(request: GenerateRequest): AsyncGenerator<TokenEvent, void, "stop" | undefined>;
  /** See `Engine.score`. */
  score(ids: readonly number[] | Int32Array, options?: ScoreOptions): Promise<ScoredPosition[]>;
  /** See `Engine.embed`. */
  embed(ids: readonly number[] | Int32Array, options?: EmbedOptions): Promise<Float32Array>;
  [Symbol.asyncDispose](): Promise<void>;
}
