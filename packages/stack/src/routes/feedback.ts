import {
  type Feedback,
  feedbackDeletedSchema,
  feedbackListSchema,
  feedbackRequestSchema,
  feedbackSchema,
  listFeedbackQuerySchema,
  roundDataQuerySchema,
  roundDataSchema,
} from "../api/feedback.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { raterDigest } from "../round/rater-digest.ts";
import { collectRoundData } from "../round/round-data.ts";
import { getStored, listStored, notFound, nowSeconds, toJson, toPage } from "./stored-objects.ts";

const common = { tag: "Feedback", level: "experimental" } as const;
const path = "/v1alpha/feedback";

/** Ratings of stored answers, and what they teach. */
export const feedbackRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path,
    summary: "Rate a stored answer; a later rating of the same rater takes its place",
    body: feedbackRequestSchema,
    response: feedbackSchema,
    async handle({ body, owner }, { store }) {
      const { target_id: target, rating, better_answer = null, reason = null, rater = owner } = body;
      const found =
        (await store.get("chat_completion", target, owner)) ?? (await store.get("response", target, owner));
      if (found === null) throw notFound("stored chat completion or response", target, "target_id");
      const feedback: Feedback = {
        id: `feedback_${target}_${raterDigest(rater)}`,
        object: "feedback",
        created_at: nowSeconds(),
        target_id: target,
        target_type: found.kind === "response" ? "response" : "chat_completion",
        model: (found.value as { model: string }).model,
        rating,
        better_answer,
        reason,
        rater,
      };
      const { id } = feedback;
      // Deleted first, so that it counts as new.
      await store.write(
        { write: "delete", kind: "rating", id, owner },
        { write: "put", kind: "rating", id, owner, value: toJson(feedback) },
      );
      return feedback;
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "List ratings, the newest first",
    query: listFeedbackQuerySchema,
    response: feedbackListSchema,
    async handle({ query: { target_id, rating, ...query }, owner }, { store }) {
      const where = {
        ...(target_id !== undefined && { target_id }),
        ...(rating !== undefined && { rating }),
      };
      const { items, hasMore } = await listStored(store, "rating", { owner, query, where });
      return toPage(
        items.map(({ value }) => value as unknown as Feedback),
        hasMore,
      );
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/{feedback_id}`,
    summary: "Get a rating",
    response: feedbackSchema,
    async handle({ params, owner }, { store }) {
      const id = params["feedback_id"]!;
      const { value } = await getStored(store, { kind: "rating", id, owner, what: "rating" });
      return value as unknown as Feedback;
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: `${path}/{feedback_id}`,
    summary: "Delete a rating",
    response: feedbackDeletedSchema,
    async handle({ params, owner }, { store }) {
      const id = params["feedback_id"]!;
      await getStored(store, { kind: "rating", id, owner, what: "rating" });
      await store.write({ write: "delete", kind: "rating", id, owner });
      return { id, object: "feedback.deleted", deleted: true } as const;
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1alpha/round-data",
    summary: "Give what ratings and arena votes teach a model, as records of train sft and train dpo",
    query: roundDataQuerySchema,
    response: roundDataSchema,
    handle: ({ query, owner }, { store }) => collectRoundData(store, { owner, ...query }),
  }),
];
