import type { Backend, Degradation, Mode } from "@llamero/kernels";
import { type BackendChoice, chooseBackend } from "./backend.ts";
import { type ChatFormat, chooseChatFormat } from "./chat/chat-format.ts";
import type { Engine } from "./engine/engine.ts";
import { type LoadProgress, loadEngine, type PrefixCacheOptions } from "./engine/load-engine.ts";
import type { ModelPlan } from "./engine/plan.ts";
import type { SpeculateOptions } from "./engine/speculation/load-draft.ts";
import { readAdapter } from "./formats/adapter-file.ts";
import type { Checkpoint, TokenizerSource } from "./formats/checkpoint.ts";
import { openCheckpoint } from "./formats/open-checkpoint.ts";
import { createTextModel, type TextModel } from "./generate.ts";
import type { SamplingParams } from "./sample/params.ts";
import { recommendedSampling } from "./sample/recommended-sampling.ts";
import { loadTokenizer } from "./tokenizer/load.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** How to load a model; everything has a default. */
export interface LoadOptions {
  /** A backend of the caller's, which stays open, or the name of one; default the fastest that works here. */
  backend?: Backend | BackendChoice;
  threads?: number;
  /** Tokens of one sequence at most; default the model's own limit, but no more than 8,192. */
  context?: number;
  kvDtype?: "f16" | "int8";
  /** Tokens in the KV pool, shared by all sequences. */
  kvTokens?: number;
  mode?: Mode;
  /** Where computed KV is kept for later: in memory always, on disk on demand. */
  prefixCache?: PrefixCacheOptions;
  /** Sequences that run at once; default 16. */
  maxBatch?: number;
  /** Load even when the plan needs more memory than there is. */
  allowOvercommit?: boolean;
  /** LoRA adapters, PEFT folders or GGUF files, by the name that `GenerateOptions.adapter` chooses them by. */
  adapters?: Readonly<Record<string, string>>;
  /** How tokens are guessed ahead, which changes the speed and not the answer; default not at all. */
  speculate?: SpeculateOptions;
  /** For files that hold no tokenizer. */
  tokenizer?: TokenizerSource;
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
}

/** A text model with the parts that it is made of. */
export interface LoadedModel extends TextModel {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly format: ChatFormat;
  readonly checkpoint: Checkpoint;
  readonly plan: ModelPlan;
  /** Loads a LoRA adapter, a file or a folder, beside what runs. Throws FormatError for one of another model. */
  loadAdapter(name: string, path: string): Promise<void>;
  /** Resolves when the requests that use it are done. */
  unloadAdapter(name: string): Promise<void>;
}

function tokenizerOf(checkpoint: Checkpoint, given: TokenizerSource | undefined): Tokenizer {
  const source = given ?? checkpoint.tokenizer;
  if (source === null) {
    throw new TypeError(`${checkpoint.path} holds no tokenizer; give one with the tokenizer option`);
  }
  const tokenizer = loadTokenizer(source);
  const { vocabSize } = checkpoint.config;
  if (tokenizer.vocabSize > vocabSize) {
    throw new RangeError(
      `Tokenizer has ${tokenizer.vocabSize} tokens, but the model ${vocabSize}; it is another model's tokenizer`,
    );
  }
  return tokenizer;
}

/** What the text layer of a checkpoint needs besides an engine. */
export function textPartsOf(
  checkpoint: Checkpoint,
  given?: TokenizerSource,
): {
  name: string;
  tokenizer: Tokenizer;
  format: ChatFormat;
  eosIds: readonly number[];
  sampling: Partial<SamplingParams>;
} {
  const tokenizer = tokenizerOf(checkpoint, given);
  const format = chooseChatFormat({ chatTemplate: checkpoint.chatTemplate, tokenizer });
  const eosIds = [...new Set([...tokenizer.eosIds, ...checkpoint.eosTokenIds])];
  const stopIds = [...new Set([...format.stopIds, ...eosIds])];
  const sampling = recommendedSampling(checkpoint);
  return { name: checkpoint.name, tokenizer, format: { ...format, stopIds }, eosIds, sampling };
}

async function backendOf(
  options: LoadOptions,
): Promise<{ backend: Backend; degradations: readonly Degradation[]; isOwned: boolean }> {
  const { backend, threads } = options;
  if (typeof backend === "object") return { backend, degradations: [], isOwned: false };
  const chosen = await chooseBackend({
    ...(backend && { backend }),
    ...(threads !== undefined && { threads }),
  });
  return { ...chosen, isOwned: true };
}

/** Loads a model for text: file or folder, tokenizer, chat format, weights. Disposing of it gives everything back. */
export async function loadModel(
  source: string | Checkpoint,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const { tokenizer: tokenizerSource, maxBatch, backend: _, threads: __, ...engineOptions } = options;
  options.signal?.throwIfAborted();
  const checkpoint = typeof source === "string" ? openCheckpoint(source) : source;
  const parts = textPartsOf(checkpoint, tokenizerSource);
  const { backend, degradations, isOwned } = await backendOf(options);
  const closeBackend = async (): Promise<void> => {
    if (isOwned) await backend[Symbol.asyncDispose]();
  };
  try {
    const loaded = await loadEngine(checkpoint, {
      ...engineOptions,
      ...(maxBatch !== undefined && { batch: maxBatch }),
      openTokenizer: () => parts.tokenizer,
      backend,
      degradations,
    });
    const { engine, plan } = loaded;
    const model = createTextModel({
      ...parts,
      engine,
      async dispose() {
        await loaded[Symbol.asyncDispose]();
        await closeBackend();
      },
    });
    const { tokenizer, format } = parts;
    return {
      ...model,
      engine,
      tokenizer,
      format,
      checkpoint,
      plan,
      async loadAdapter(name, path) {
        await engine.loadAdapter(readAdapter(path, checkpoint, name));
      },
      unloadAdapter: (name) => engine.unloadAdapter(name),
    };
  } catch (error) {
    await closeBackend();
    throw error;
  }
}
