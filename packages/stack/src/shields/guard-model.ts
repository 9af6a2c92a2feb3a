import type { GenerateOptions, GeneratePart } from "@llamero/core";
import { plainFinish } from "@llamero/core/text/plain-finish";
import { HttpError } from "../http/http-error.ts";
import type { ServableModel, ServedModel } from "../served-models.ts";
import { AnswerGuard } from "./answer-guard.ts";
import type { BorderGuard } from "./border-guard.ts";
import { MessageJudge, toShieldMessages } from "./judged-messages.ts";
import { borders } from "./policy.ts";
import type { ShieldMessage } from "./shield.ts";

/** A model whose conversations pass the shields of a policy; the model itself where there are none. */
export function guardModel({ model, ...served }: ServedModel, guard: BorderGuard): ServedModel {
  if (borders.every((border) => guard.rulesAt(border).length === 0)) return { ...served, model };
  const judge = new MessageJudge(guard);
  const guarded: Pick<ServableModel, "chat" | "complete"> = {
    async *chat(messages, options = {}) {
      const signal = options.signal ?? new AbortController().signal;
      const judged = await judge.judge(messages, signal);
      if (judged.isRefused) {
        yield refusedFinish(model, guard.policy.refusal);
        return;
      }
      yield* guardAnswer((halt) => model.chat(judged.messages, withHalt(options, halt)), {
        guard,
        conversation: toShieldMessages(judged.messages),
        options,
        signal,
      });
    },
    async *complete(prompt, options = {}) {
      const signal = options.signal ?? new AbortController().signal;
      let text = prompt;
      if (typeof prompt === "string") {
        const decision = await guard.check({ border: "user_input", text: prompt }, signal);
        if (decision.action === "refuse") {
          yield refusedFinish(model, guard.policy.refusal);
          return;
        }
        if (decision.action === "redact") text = decision.text;
      } else if (guard.rulesAt("user_input").length > 0) {
        throw new HttpError(400, "Shields judge texts, and the prompt is token ids; send it as text", {
          param: "prompt",
          code: "unsupported_value",
        });
      }
      const conversation: ShieldMessage[] = typeof text === "string" ? [{ role: "user", content: text }] : [];
      yield* guardAnswer((halt) => model.complete(text, withHalt(options, halt)), {
        guard,
        conversation,
        options,
        signal,
      });
    },
  };
  const own = new Map<PropertyKey, unknown>(Object.entries(guarded));
  const proxy = new Proxy(model, {
    get(target, name) {
      const value: unknown = own.get(name) ?? Reflect.get(target, name, target);
      return typeof value === "function" && !own.has(name) ? value.bind(target) : value;
    },
  });
  return { ...served, model: proxy };
}

const withHalt = (options: GenerateOptions, halt: AbortSignal | undefined): GenerateOptions =>
  halt === undefined ? options : { ...options, halt };

interface Watch {
  guard: BorderGuard;
  conversation: readonly ShieldMessage[];
  options: GenerateOptions;
  signal: AbortSignal;
}

async function* guardAnswer(
  start: (halt: AbortSignal | undefined) => AsyncIterable<GeneratePart>,
  { guard, conversation, options, signal }: Watch,
): AsyncGenerator<GeneratePart> {
  const halt = new AbortController();
  const either = options.halt === undefined ? halt.signal : AbortSignal.any([halt.signal, options.halt]);
  const isWatched =
    guard.rulesAt("model_output").length > 0 ||
    guard.rulesAt("tool_call").some(({ onHit }) => onHit !== "ask");
  if (!isWatched) {
    yield* start(options.halt);
    return;
  }
  const answer = new AnswerGuard(guard, conversation, signal);
  for await (const part of start(either)) {
    yield* await answer.push(part);
    // The model stops; its finish part, with what it has used, still comes.
    if (answer.refusal !== null && !halt.signal.aborted) halt.abort();
  }
}

/** The end of an answer that was never begun. */
function refusedFinish(model: ServableModel, refusal: string): GeneratePart {
  const { backend = "none", mode = "fast" } = model.engine?.info() ?? {};
  return plainFinish(model.contextLimit, { reason: "content-filter", refusal, backend, mode });
}
