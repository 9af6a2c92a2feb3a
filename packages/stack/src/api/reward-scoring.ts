import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";

/** A conversation and several answers to it. */
export interface DialogGenerations {
  dialog: WireMessage[];
  sampled_generations: WireMessage[];
}

/** Body of `POST /v1alpha/reward-scoring/score`. */
export interface RewardScoringRequest {
  /** A reward model, as `llamero train reward` makes them. */
  model: string;
  dialog_generations: DialogGenerations[];
}

/** Answers with their scores; only differences between answers to one conversation mean something. */
export interface ScoredDialogGenerations {
  dialog: WireMessage[];
  scored_generations: { message: WireMessage; score: number }[];
}

export interface RewardScoringResponse {
  scored_generations: ScoredDialogGenerations[];
}

const dialog = z.array(messageSchema).min(1).max(1000);

export const rewardScoringSchema: z.ZodType<RewardScoringRequest> = z.strictObject({
  model: z.string().min(1),
  dialog_generations: z
    .array(z.strictObject({ dialog, sampled_generations: z.array(messageSchema).min(1).max(256) }))
    .min(1)
    .max(1000),
});

export const rewardScoringResponseSchema: z.ZodType<RewardScoringResponse> = z.strictObject({
  scored_generations: z.array(
    z.strictObject({
      dialog,
      scored_generations: z.array(z.strictObject({ message: messageSchema, score: z.number() })),
    }),
  ),
});
