import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Message, ToolDefinition } from "@llamero/core";
import type { TrainBackend } from "@llamero/kernels";
import { SCORE_WEIGHT } from "../autograd/training-forward.ts";
import { RenderNotes, renderMessages } from "../chat-data/render-examples.ts";
import { readTensors, writeTensors } from "../checkpoint/tensor-file.ts";
import { isObject } from "../data/pipeline/fields.ts";
import { chooseTrainBackend } from "../session/choose-backend.ts";
import { createSession } from "../session/create-session.ts";
import { paramsFromCheckpoint } from "../session/model-params.ts";
import { openTuneModel, type TuneModel } from "../tune/tune-model.ts";
import { groupBySize, scoreBatch } from "./score-batch.ts";

const headFile = "score.safetensors";
const configFile = "reward.json";

/** What `reward.json` says beside the weights. */
export interface RewardConfig {
  format: "llamero-reward";
  version: 1;
  base: string;
  /** On held-out pairs after the last step. */
  evaluation: Readonly<Record<string, number>>;
  settings: Readonly<Record<string, unknown>>;
}

/** A reward model in a folder: that of its weights in the Hugging Face form, with the head beside them. */
export interface RewardModel {
  path: string;
  model: TuneModel;
  head: Float32Array;
  config: RewardConfig;
}

/** A conversation that ends with what the assistant says. */
export interface ScoredConversation {
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
}

/** Gives conversations scores; only differences between answers to one prompt mean something. */
export interface Scorer extends AsyncDisposable {
  /** What the scores depend on. */
  readonly identity: string;
  score(conversations: readonly ScoredConversation[], signal?: AbortSignal): Promise<Float32Array>;
}

/** Writes the head into a model's folder, `reward.json` last: without it the folder is no reward model. */
export function writeRewardHead(folder: string, head: Float32Array, config: RewardConfig): void {
  writeTensors(join(folder, headFile), new Map([[SCORE_WEIGHT, head]]));
  writeFileSync(join(folder, configFile), `${JSON.stringify(config, null, 2)}\n`);
}

/** Opens what `train reward` wrote. Throws RangeError where the folder holds no reward model. */
export function openRewardModel(path: string): RewardModel {
  const file = join(path, configFile);
  if (!existsSync(file))
    throw new RangeError(`${path} holds no reward model (no ${configFile}); train reward makes one`);
  const config = JSON.parse(readFileSync(file, "utf8")) as unknown;
  if (!isObject(config) || config["format"] !== "llamero-reward" || config["version"] !== 1)
    throw new RangeError(`${file} is of no version that this one reads; train the reward model again`);
  const head = readTensors(join(path, headFile)).get(SCORE_WEIGHT);
  const model = openTuneModel(path);
  const { hiddenSize } = model.checkpoint.config;
  if (head?.length !== hiddenSize)
    throw new RangeError(
      `${join(path, headFile)} has ${head?.length ?? "no"} values of ${SCORE_WEIGHT}; the model needs ${hiddenSize}`,
    );
  return { path, model, head, config: config as unknown as RewardConfig };
}

/** How scores are computed. */
export interface ScorerOptions {
  /** Of the caller's, which stays open. */
  backend?: TrainBackend;
  threads?: number;
  /** Tokens that are computed at once; a longer conversation is refused. Default: the model's limit, 2,048 at most. */
  maxRows?: number;
}

/** A reward model ready to score. */
export function createScorer({ model, head }: RewardModel, options: ScorerOptions = {}): Scorer {
  const { checkpoint, format, digest } = model;
  const params = paramsFromCheckpoint(checkpoint);
  const { maxRows = Math.min(2048, checkpoint.config.maxPositionEmbeddings), threads } = options;
  const owned =
    options.backend === undefined
      ? chooseTrainBackend(threads === undefined ? {} : { threads }).backend
      : null;
  const session = createSession(
    {
      model: { ...params, values: new Map([...params.values, [SCORE_WEIGHT, head]]) },
      head: "score",
      seed: 0,
      maxRows,
      maxOutputs: maxRows,
      optimizer: { beta1: 0, beta2: 0, eps: 1, weightDecay: 0, clipNorm: 0 },
      trainable: false,
    },
    options.backend ?? owned!,
  );
  return {
    identity: digest,
    async score(conversations, signal) {
      const notes = new RenderNotes();
      const sequences = conversations.map(({ messages, tools = [] }, index) => {
        if (messages.at(-1)?.role !== "assistant")
          throw new RangeError(
            `Conversation ${index} does not end with the assistant; there is nothing to score`,
          );
        return renderMessages(format, { source: `Conversation ${index}`, messages, tools }, notes).ids;
      });
      const scores = new Float32Array(sequences.length);
      for (const group of groupBySize(
        sequences.map((ids) => ids.length),
        maxRows,
      )) {
        const found = await session.forward(scoreBatch(group.map((index) => sequences[index]!)), signal);
        for (const [place, index] of group.entries()) scores[index] = found[place]!;
      }
      return scores;
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await owned?.[Symbol.asyncDispose]();
    },
  };
}

/** Scores of conversations by the reward model of a folder. */
export async function scoreWith(
  path: string,
  conversations: readonly ScoredConversation[],
  options: ScorerOptions & { signal?: AbortSignal } = {},
): Promise<Float32Array> {
  await using scorer = createScorer(openRewardModel(path), options);
  return await scorer.score(conversations, options.signal);
}
