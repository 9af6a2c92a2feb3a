import { rewardScoringResponseSchema, rewardScoringSchema } from "../api/reward-scoring.ts";
import { toMessages } from "../convert/chat-request.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import { scorersOf } from "../jobs/reward/scorers.ts";

/** Scores of answers by a reward model. */
export const rewardScoringRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "POST",
    path: "/v1alpha/reward-scoring/score",
    tag: "Reward Scoring",
    level: "experimental",
    summary: "Score answers by a reward model",
    body: rewardScoringSchema,
    response: rewardScoringResponseSchema,
    async handle({ body, owner, context }, services) {
      const conversations = body.dialog_generations.flatMap(
        ({ dialog, sampled_generations: answers }, index) =>
          answers.map((answer, at) => {
            const param = `dialog_generations[${index}].sampled_generations[${at}]`;
            if (answer.role === "assistant") return { messages: toMessages([...dialog, answer]) };
            throw new HttpError(400, `${param}: What is scored is said by the assistant`, {
              param,
              code: "invalid_value",
            });
          }),
      );
      const { ended } = services;
      const scores = await runRequest(context, { ended, param: "dialog_generations" }, (signal) =>
        scorersOf(services).with(body.model, owner, (scorer) => scorer.score(conversations, signal)),
      );
      let at = 0;
      return {
        scored_generations: body.dialog_generations.map(({ dialog, sampled_generations: answers }) => ({
          dialog,
          scored_generations: answers.map((message) => ({ message, score: scores[at++]! })),
        })),
      };
    },
  }),
];
