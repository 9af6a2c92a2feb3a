import type {
  LanguageModelV3Content,
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from "@ai-sdk/provider";
import type { GeneratePart, ToolCall, Usage } from "@llamero/core";

type FinishPart = Extract<GeneratePart, { type: "finish" }>;

/** How an answer ended, in the AI SDK's words. */
export interface AnswerEnd {
  finishReason: LanguageModelV3FinishReason;
  usage: LanguageModelV3Usage;
  providerMetadata: SharedV3ProviderMetadata;
}

function toUsage({ promptTokens, cachedTokens, completionTokens }: Usage): LanguageModelV3Usage {
  return {
    inputTokens: {
      total: promptTokens,
      noCache: promptTokens - cachedTokens,
      cacheRead: cachedTokens,
      cacheWrite: undefined,
    },
    outputTokens: { total: completionTokens, text: completionTokens, reasoning: undefined },
  };
}

export function toEnd({ reason, usage, timings, backend, mode, degraded, refusal }: FinishPart): AnswerEnd {
  const rate = timings.decodeTokensPerSecond;
  return {
    finishReason: { unified: reason, raw: reason },
    usage: toUsage(usage),
    providerMetadata: {
      llamero: {
        backend,
        mode,
        degraded: degraded.map(({ what, wanted, used, why }) => ({ what, wanted, used, why })),
        tokensPerSecond: Number.isFinite(rate) ? rate : null,
        ...(refusal !== undefined && { refusal }),
      },
    },
  };
}

const toToolCall = (call: ToolCall): Extract<LanguageModelV3Content, { type: "tool-call" }> => ({
  type: "tool-call",
  toolCallId: call.id,
  toolName: call.name,
  input: JSON.stringify(call.arguments),
});

/** What an answer says: its text, or the refusal of a guard, and its calls. */
export function toContent({ text, refusal = "", toolCalls }: FinishPart): LanguageModelV3Content[] {
  const said = text + refusal;
  return [...(said === "" ? [] : [{ type: "text" as const, text: said }]), ...toolCalls.map(toToolCall)];
}

/** Parts of an answer -> parts of the AI SDK's stream; remembers which text and which calls are open. */
export class StreamParts {
  #numTexts = 0;
  #isOpen = false;
  readonly #calls = new Set<string>();

  push(part: GeneratePart): LanguageModelV3StreamPart[] {
    switch (part.type) {
      case "text-delta":
        return part.text === "" ? [] : this.#say(part.text);
      case "tool-call-start":
        this.#calls.add(part.id);
        return [...this.#close(), { type: "tool-input-start", id: part.id, toolName: part.name }];
      case "tool-call-delta":
        return [{ type: "tool-input-delta", id: part.id, delta: part.arguments }];
      case "tool-call": {
        const { id, name } = part.call;
        const call = toToolCall(part.call);
        if (this.#calls.has(id)) return [{ type: "tool-input-end", id }, call];
        return [
          ...this.#close(),
          { type: "tool-input-start", id, toolName: name },
          { type: "tool-input-delta", id, delta: call.input },
          { type: "tool-input-end", id },
          call,
        ];
      }
      case "finish": {
        const refusal = part.refusal === undefined ? [] : this.#say(part.refusal);
        return [...refusal, ...this.#close(), { type: "finish", ...toEnd(part) }];
      }
      default:
        return part satisfies never;
    }
  }

  #say(delta: string): LanguageModelV3StreamPart[] {
    const id = String(this.#isOpen ? this.#numTexts - 1 : this.#numTexts);
    const opening: LanguageModelV3StreamPart[] = this.#isOpen ? [] : [{ type: "text-start", id }];
    if (!this.#isOpen) this.#numTexts++;
    this.#isOpen = true;
    return [...opening, { type: "text-delta", id, delta }];
  }

  #close(): LanguageModelV3StreamPart[] {
    if (!this.#isOpen) return [];
    this.#isOpen = false;
    return [{ type: "text-end", id: String(this.#numTexts - 1) }];
  }
}
