import type { GenerateOptions } from "@llamero/core";
import type { AdapterValues } from "./adapters.ts";
import { type ModelValues, openEngine } from "./open-model.ts";
import type { FinishPart } from "./stream-answer.ts";

/** Continues token ids with a model whose file holds no tokenizer: ids only, no text. */
export async function completeIds(
  name: string,
  promptIds: readonly number[],
  values: ModelValues & AdapterValues,
  options: GenerateOptions,
): Promise<FinishPart> {
  const { defaultSampling } = await import("@llamero/core");
  await using opened = await openEngine(name, values, 1);
  const { engine, checkpoint } = opened;
  const ids: number[] = [];
  for await (const event of engine.generate({
    promptIds,
    maxTokens: options.maxTokens ?? engine.contextLimit - promptIds.length,
    sampling: { ...defaultSampling, ...options.sampling },
    stopIds: checkpoint.eosTokenIds,
    topLogprobs: 0,
    ...(options.adapter === undefined ? {} : { adapter: options.adapter }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })) {
    if (event.type === "token") ids.push(event.token);
    else {
      const { reason, usage, timings } = event;
      const { backend, mode, degraded } = engine.info();
      const noText = {
        what: "text",
        wanted: "the ids as text",
        used: "ids only",
        why: "the file holds no tokenizer",
      };
      const all = [...degraded, noText];
      return {
        type: "finish",
        reason,
        text: "",
        toolCalls: [],
        ids,
        usage,
        timings,
        backend,
        mode,
        degraded: all,
      };
    }
  }
  throw new Error("The generation ended without its last event");
}
