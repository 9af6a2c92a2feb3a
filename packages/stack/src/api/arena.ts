import { z } from "zod";
import { messageSchema, type WireMessage } from "./chat-messages.ts";
import { type Page, type PageQuery, pageFields, pageSchema } from "./paging.ts";

/** A model, and how it draws. */
export interface ArenaContestant {
  model: string;
  /** What the ranking calls it; default the model and what differs from its defaults. */
  name?: string | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
  seed?: number | undefined;
  system?: string | undefined;
}

/** Body of `POST /v1alpha/arena/pairs`. */
export interface CreatePairRequest {
  /** The conversation to answer; the last message is the user's. */
  messages: WireMessage[];
  /** Two are drawn from these; default every model of this machine. One alone answers twice, by two seeds. */
  contestants?: ArenaContestant[] | undefined;
  max_tokens?: number | undefined;
  /** Events, as both answers are written; the last has the pair. */
  stream?: boolean | undefined;
}

/** Event of a pair that is being answered. */
export type ArenaPairEvent =
  | { type: "delta"; side: "left" | "right"; text: string }
  | { type: "done"; pair: ArenaPair };

export interface ArenaAnswer {
  text: string;
  finish_reason: string;
  completion_tokens: number;
}

export type ArenaChoice = "left" | "right" | "tie" | "both_bad";

/** Two answers; who gave them stays hidden until the vote. */
export interface ArenaPair {
  id: string;
  object: "arena.pair";
  created_at: number;
  messages: WireMessage[];
  left: ArenaAnswer;
  right: ArenaAnswer;
  /** Null until this rater has voted. */
  contestants: { left: ArenaContestant; right: ArenaContestant } | null;
  num_votes: number;
}

/** Body of `POST /v1alpha/arena/pairs/{pair_id}/votes`. */
export interface CastVoteRequest {
  choice: ArenaChoice;
  reason?: string | undefined;
  tags?: string[] | undefined;
  /** Default the name of the key, `local` without keys. */
  rater?: string | undefined;
}

export interface ArenaVote {
  id: string;
  object: "arena.vote";
  created_at: number;
  pair_id: string;
  rater: string;
  /** A judge is a model; its rater is `judge:MODEL`. */
  rater_type: "human" | "judge";
  choice: ArenaChoice;
  reason: string | null;
  tags: string[];
  /** What a judge said in either order; null for people. */
  orders: ArenaOrders | null;
}

/** Which answer a judge took in the order in which it read them; `swapped` had the right one first. */
export interface ArenaOrders {
  straight: "first" | "second" | "tie";
  swapped: "first" | "second" | "tie";
}

/** A vote, and whose answers they were. */
export interface CastVoteResponse {
  vote: ArenaVote;
  contestants: { left: ArenaContestant; right: ArenaContestant };
}

export type ArenaRaters = "all" | "human" | "judge";

export interface ListPairsQuery extends PageQuery {
  /** Whose votes lift the veil; default the name of the key. */
  rater?: string | undefined;
}

export interface ListVotesQuery extends PageQuery {
  pair_id?: string | undefined;
  rater?: string | undefined;
}

export interface ArenaRating {
  name: string;
  rating: number;
  interval: [number, number] | null;
  wins: number;
  losses: number;
  ties: number;
}

export interface ArenaRanking {
  object: "arena.ranking";
  method: string;
  num_pairs: number;
  num_votes: number;
  ratings: ArenaRating[];
  agreement: ArenaAgreement;
  judges: ArenaJudge[];
}

/** On pairs that several rated; bad answers on both sides count as a tie. */
export interface ArenaAgreement {
  num_pairs: number;
  num_raters: number;
  agreement: number | null;
  /** Fleiss' kappa; null where there is nothing to compare. */
  kappa: number | null;
  /** Each two raters, with Cohen's kappa. */
  raters: { raters: [string, string]; num_pairs: number; agreement: number; kappa: number | null }[];
}

/** How a judge did: every pair is read in both orders, and a verdict that changes with them is a tie. */
export interface ArenaJudge {
  model: string;
  num_pairs: number;
  inconsistent: number;
  inconsistent_interval: [number, number] | null;
  prefers_first: number;
  prefers_second: number;
}

/** Body of `POST /v1alpha/arena/judgments`. */
export interface JudgeRequest {
  judge_model: string;
  /** Default those that this judge has not judged, the oldest first. */
  pair_ids?: string[] | undefined;
  /** Of the pairs that it looks for itself; default 20. */
  limit?: number | undefined;
  /** What makes an answer better, in words. */
  criteria?: string | undefined;
  max_tokens?: number | undefined;
}

export interface JudgeResponse {
  votes: ArenaVote[];
  judge: ArenaJudge;
  /** Pairs of which a verdict could not be read, in at least one order; they have no vote. */
  unread: string[];
}

const short = z.string().min(1).max(200);
const name = short.regex(/^[ -~\u00a0-\uffff]+$/, "Names have no control characters");

export const contestantSchema: z.ZodType<ArenaContestant> = z.strictObject({
  model: z.string().min(1).max(500),
  name: name.optional(),
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  system: z.string().max(100_000).optional(),
});

const maxTokens = z.int().min(1).max(100_000).optional();
const raterSchema = name.refine((text) => !text.startsWith("judge:"), "Names with judge: are for models");

export const createPairSchema: z.ZodType<CreatePairRequest> = z.strictObject({
  messages: z
    .array(messageSchema)
    .min(1)
    .max(1000)
    .refine((all) => all.at(-1)?.role === "user", "The last message must be the user's"),
  contestants: z.array(contestantSchema).min(1).max(50).optional(),
  max_tokens: maxTokens,
  stream: z.boolean().optional(),
});

const answer: z.ZodType<ArenaAnswer> = z.strictObject({
  text: z.string(),
  finish_reason: z.string(),
  completion_tokens: z.int(),
});
const sides = z.strictObject({ left: contestantSchema, right: contestantSchema });

export const pairSchema: z.ZodType<ArenaPair> = z.strictObject({
  id: z.string(),
  object: z.literal("arena.pair"),
  created_at: z.int(),
  messages: z.array(messageSchema),
  left: answer,
  right: answer,
  contestants: sides.nullable(),
  num_votes: z.int(),
});

export const pairEventSchema: z.ZodType<ArenaPairEvent> = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("delta"), side: z.enum(["left", "right"]), text: z.string() }),
  z.strictObject({ type: z.literal("done"), pair: pairSchema }),
]);

export const pairListSchema: z.ZodType<Page<ArenaPair>> = pageSchema(pairSchema);

const choice = z.enum(["left", "right", "tie", "both_bad"]);
const tags = z.array(short).max(20);
const place = z.enum(["first", "second", "tie"]);

export const castVoteSchema: z.ZodType<CastVoteRequest> = z.strictObject({
  choice,
  reason: z.string().max(2000).optional(),
  tags: tags.optional(),
  rater: raterSchema.optional(),
});

export const voteSchema: z.ZodType<ArenaVote> = z.strictObject({
  id: z.string(),
  object: z.literal("arena.vote"),
  created_at: z.int(),
  pair_id: z.string(),
  rater: z.string(),
  rater_type: z.enum(["human", "judge"]),
  choice,
  reason: z.string().nullable(),
  tags,
  orders: z.strictObject({ straight: place, swapped: place }).nullable(),
});

export const voteListSchema: z.ZodType<Page<ArenaVote>> = pageSchema(voteSchema);

export const castVoteResponseSchema: z.ZodType<CastVoteResponse> = z.strictObject({
  vote: voteSchema,
  contestants: sides,
});

export const listPairsQuerySchema: z.ZodType<ListPairsQuery> = z.strictObject({
  ...pageFields,
  rater: name.optional(),
});

export const pairQuerySchema: z.ZodType<{ rater?: string | undefined }> = z.strictObject({
  rater: name.optional(),
});

export const listVotesQuerySchema: z.ZodType<ListVotesQuery> = z.strictObject({
  ...pageFields,
  pair_id: z.string().min(1).optional(),
  rater: name.optional(),
});

export const ratersQuerySchema: z.ZodType<{ raters?: ArenaRaters | undefined }> = z.strictObject({
  raters: z.enum(["all", "human", "judge"]).optional(),
});

const judge: z.ZodType<ArenaJudge> = z.strictObject({
  model: z.string(),
  num_pairs: z.int(),
  inconsistent: z.number(),
  inconsistent_interval: z.tuple([z.number(), z.number()]).nullable(),
  prefers_first: z.number(),
  prefers_second: z.number(),
});

export const rankingSchema: z.ZodType<ArenaRanking> = z.strictObject({
  object: z.literal("arena.ranking"),
  method: z.string(),
  num_pairs: z.int(),
  num_votes: z.int(),
  ratings: z.array(
    z.strictObject({
      name: z.string(),
      rating: z.number(),
      interval: z.tuple([z.number(), z.number()]).nullable(),
      wins: z.int(),
      losses: z.int(),
      ties: z.int(),
    }),
  ),
  agreement: z.strictObject({
    num_pairs: z.int(),
    num_raters: z.int(),
    agreement: z.number().nullable(),
    kappa: z.number().nullable(),
    raters: z.array(
      z.strictObject({
        raters: z.tuple([z.string(), z.string()]),
        num_pairs: z.int(),
        agreement: z.number(),
        kappa: z.number().nullable(),
      }),
    ),
  }),
  judges: z.array(judge),
});

export const judgeRequestSchema: z.ZodType<JudgeRequest> = z.strictObject({
  judge_model: z.string().min(1).max(500),
  pair_ids: z.array(z.string().min(1)).min(1).max(100).optional(),
  limit: z.int().min(1).max(100).optional(),
  criteria: z.string().min(1).max(10_000).optional(),
  max_tokens: maxTokens,
});

export const judgeResponseSchema: z.ZodType<JudgeResponse> = z.strictObject({
  votes: z.array(voteSchema),
  judge,
  unread: z.array(z.string()),
});

/** Lines of JSON, as text. */
export const preferencesSchema: z.ZodType<string> = z.string();
