import type { GenerateOptions } from "@llamero/core";
import { type ServableModel, ServedModels } from "../../served-models.ts";

/** The same models, whose answers wait for everything else. */
export function lowPriority(models: ServedModels): ServedModels {
  return new ServedModels(
    models.all.map((each) => ({ ...each, model: behind(each.model) })),
    { remote: models.remote },
  );
}

function behind(model: ServableModel): ServableModel {
  const options = (given: GenerateOptions | undefined): GenerateOptions => ({ ...given, priority: "low" });
  return {
    name: model.name,
    contextLimit: model.contextLimit,
    ...(model.engine && { engine: model.engine }),
    ...(model.embedding && { embedding: model.embedding }),
    ...(model.tokenizer && { tokenizer: model.tokenizer }),
    ...(model.countTokens && { countTokens: (text: string) => model.countTokens!(text) }),
    chat: (messages, given) => model.chat(messages, options(given)),
    complete: (prompt, given) => model.complete(prompt, options(given)),
    score: (ids, given) => model.score(ids, given),
    embed: (texts, given) => model.embed(texts, given),
    rerank: (query, documents, given) => model.rerank(query, documents, given),
    // It stays whose it is.
    [Symbol.asyncDispose]: async () => {},
  };
}
