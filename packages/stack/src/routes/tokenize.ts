import type { PromptToken } from "@llamero/core";
import {
  type ShownToken,
  type TokenizeRequest,
  type TokenizeResponse,
  tokenizeRequestSchema,
  tokenizeResponseSchema,
} from "../api/tokenize.ts";
import { toMessages } from "../convert/chat-request.ts";
import { defineRoute, type RouteSpec } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

function toShown({ id, bytes, isSpecial: special }: PromptToken): ShownToken {
  try {
    return { id, text: strict.decode(bytes), bytes: null, special };
  } catch {
    return { id, text: lossy.decode(bytes), bytes: [...bytes], special };
  }
}

/** `POST /v1alpha/tokenize`: what a model reads, token by token. */
export const tokenizeRoute: RouteSpec<TokenizeRequest, undefined, TokenizeResponse> = defineRoute({
  method: "POST",
  path: "/v1alpha/tokenize",
  tag: "Inference",
  level: "experimental",
  summary: "Give the tokens of a text, or of a conversation in the model's chat format",
  body: tokenizeRequestSchema,
  response: tokenizeResponseSchema,
  async handle({ body: { model: id, input, messages } }, { models }): Promise<TokenizeResponse> {
    if ((input === undefined) === (messages === undefined))
      throw new HttpError(400, "Give either input or messages", { param: "input" });
    const { name, model } = models.find(id);
    if (model.showTokens === undefined)
      throw new HttpError(400, `${name} does not tell its tokens`, {
        param: "model",
        code: "unsupported_operation",
      });
    const { tokens, ledger } = model.showTokens(input ?? toMessages(messages!));
    return {
      object: "tokens",
      model: name,
      num_tokens: tokens.length,
      tokens: tokens.map(toShown),
      parts: ledger,
    };
  },
});
