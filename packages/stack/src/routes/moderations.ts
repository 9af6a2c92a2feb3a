import {
  moderationRequestSchema,
  moderationSchema,
  type RunShieldRequest,
  runShieldRequestSchema,
  runShieldResponseSchema,
} from "../api/moderations.ts";
import { toMessages } from "../convert/chat-request.ts";
import { toModerationResult, toRunShieldResponse } from "../convert/moderations.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { runRequest } from "../http/run-request.ts";
import { judgeWith } from "../shields/judge-with.ts";
import { toShieldMessages } from "../shields/judged-messages.ts";
import type { Border } from "../shields/shield.ts";
import { findShield } from "./shields.ts";
import { newId } from "./stored-objects.ts";

/** Where a message of a role comes through. */
const borderOf: { readonly [R in RunShieldRequest["messages"][number]["role"]]: Border } = {
  system: "user_input",
  developer: "user_input",
  user: "user_input",
  assistant: "model_output",
  tool: "tool_result",
  function: "tool_result",
};

const openAiModel = /^(omni|text)-moderation(-|$)/;

/** Texts judged at the same time in one request. */
const maxAtOnce = 8;

/** Shields asked directly. */
export const moderationRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "POST",
    path: "/v1/moderations",
    tag: "Safety",
    level: "stable",
    summary: "Judge texts with a shield, or with those for what users say",
    body: moderationRequestSchema,
    response: moderationSchema,
    async handle({ body, owner, context }, services) {
      const { shields, ended } = services;
      const { input } = body;
      // Clients that name no model name OpenAI's.
      const model = openAiModel.test(body.model ?? "") ? null : body.model;
      const parts = typeof input === "string" ? [input] : input;
      const texts = parts.map((part) => (typeof part === "string" ? part : part.text));
      const named = model == null ? null : await findShield(services, model, owner, "model");
      const chosen =
        named !== null ? [named] : shields.idsAt("user_input").map((id) => shields.find(id)!.shield);
      return await runRequest(context, { ended, param: "input" }, async (signal) => {
        const results = [];
        for (let at = 0; at < texts.length; at += maxAtOnce) {
          const some = texts.slice(at, at + maxAtOnce).map(async (text) => {
            const verdicts = chosen.map((shield) =>
              judgeWith(services, shield, { border: "user_input", text }, signal),
            );
            return toModerationResult(await Promise.all(verdicts));
          });
          results.push(...(await Promise.all(some)));
        }
        return { id: newId("modr-"), model: model ?? chosen.map(({ id }) => id).join("+"), results };
      });
    },
  }),
  defineRoute({
    method: "POST",
    path: "/v1/safety/run-shield",
    tag: "Safety",
    level: "stable",
    summary: "Judge the last message of a conversation with a shield",
    body: runShieldRequestSchema,
    response: runShieldResponseSchema,
    async handle({ body, owner, context }, services) {
      const { shields, ended } = services;
      const shield = await findShield(services, body.shield_id, owner, "shield_id");
      const conversation = toShieldMessages(toMessages(body.messages));
      const last = conversation.pop()!;
      const { role } = body.messages.at(-1)!;
      const verdict = await runRequest(context, { ended, param: "messages" }, (signal) =>
        judgeWith(services, shield, { border: borderOf[role], text: last.content, conversation }, signal),
      );
      return toRunShieldResponse(verdict, shields.guard.policy.refusal);
    },
  }),
];
