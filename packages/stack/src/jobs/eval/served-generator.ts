import type { GeneratePart } from "@llamero/core";
import type { Generation, Generator, LocalModel } from "@llamero/eval";
import type { FoundModel } from "../../served-models.ts";

/** Requests that the engine batches; more of one evaluation would crowd out other work. */
const concurrency = 4;

function isLoaded(model: object): model is LocalModel {
  return ["tokenizer", "format", "checkpoint", "plan", "engine"].every((key) => key in model);
}

/** A served model as what evaluations and synthesis ask, behind everything else that is asked of it. */
export async function servedGenerator(found: FoundModel, signal: AbortSignal): Promise<Generator> {
  const { name, model, adapter } = found;
  const { LocalGenerator } = await import("@llamero/eval");
  // Log-probabilities need the tokenizer, which only a model loaded here has.
  const local =
    isLoaded(model) && adapter === undefined ? await LocalGenerator.create(model, { signal }) : null;
  const engine = model.engine?.info();
  return {
    identity: local?.identity ?? {
      model: name,
      modelHash: null,
      templateHash: null,
      backend: engine?.backend ?? "unknown",
      mode: engine?.mode ?? null,
    },
    contextLimit: model.contextLimit,
    concurrency,
    get degraded() {
      return local?.degraded ?? engine?.degraded ?? [];
    },
    async generate(request) {
      const { prompt, maxTokens, temperature, topP, seed, stop, responseFormat } = request;
      const options = {
        maxTokens,
        sampling: { temperature, topP, topK: 0, minP: 0, seed },
        stop,
        priority: "low" as const,
        signal: request.signal ?? signal,
        ...(responseFormat && { responseFormat }),
        ...(adapter !== undefined && { adapter }),
      };
      return await collect(
        prompt.kind === "text"
          ? model.complete(prompt.text, options)
          : model.chat(prompt.messages, { ...options, ...(prompt.tools && { tools: prompt.tools }) }),
      );
    },
    loglikelihood: local?.loglikelihood ?? null,
  };
}

async function collect(parts: AsyncIterable<GeneratePart>): Promise<Generation> {
  for await (const part of parts) {
    if (part.type !== "finish") continue;
    const { text, toolCalls, reason, usage } = part;
    return {
      text,
      toolCalls,
      reason,
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
    };
  }
  throw new Error("The model ended without a finish");
}
