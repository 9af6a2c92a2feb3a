import { loadModel } from "@llamero/core";
import { checkpointFromParams } from "../session/model-params.ts";
import type { ModelParams } from "../session/session.ts";
import type { OpenedTokenizer } from "./open-tokenizer.ts";
import type { SamplePlan } from "./recipe.ts";

/** Continues each prompt with the weights as they are, by the engine. */
export async function sampleTexts(
  params: ModelParams,
  opened: OpenedTokenizer,
  plan: SamplePlan,
  options: { seed: number; threads?: number | undefined; signal?: AbortSignal | undefined },
): Promise<{ prompt: string; text: string }[]> {
  const { tokenizer, source, beginId, endId } = opened;
  const checkpoint = checkpointFromParams(params, {
    tokenizer: source,
    bosTokenId: beginId,
    eosTokenIds: endId === null ? [] : [endId],
  });
  const ids = plan.prompts.map((prompt) => [
    ...(beginId === null ? [] : [beginId]),
    ...tokenizer.encode(prompt),
  ]);
  const context = Math.max(...ids.map(({ length }) => length)) + plan.maxTokens;
  await using model = await loadModel(checkpoint, {
    context: Math.min(params.config.maxPositionEmbeddings, context),
    maxBatch: 1,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const samples: { prompt: string; text: string }[] = [];
  for (const [index, prompt] of plan.prompts.entries()) {
    const stream = model.complete(ids[index]!, {
      maxTokens: plan.maxTokens,
      sampling: { temperature: plan.temperature, seed: options.seed },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    for await (const part of stream) if (part.type === "finish") samples.push({ prompt, text: part.text });
  }
  return samples;
}
