import type { GeneratePart, Usage } from "@llamero/core";
import type { ServableModel, ServedModel } from "../served-models.ts";
import { currentOwner } from "./request-owner.ts";

/** Told of what models compute; `owner` is undefined for what no request asked for. */
export interface ModelMeter {
  /** The first part of an answer is there. */
  first(ms: number): void;
  /** One more part is there, so long after the one before. */
  next(ms: number): void;
  finish(usage: Pick<Usage, "promptTokens" | "cachedTokens" | "completionTokens">, owner?: string): void;
}

/** A model whose answers are counted; all else is the model's own. */
export function meterModel({ model, ...served }: ServedModel, meter: ModelMeter): ServedModel {
  const computed = (numTokens: number, owner: string | undefined): void =>
    meter.finish({ promptTokens: numTokens, cachedTokens: 0, completionTokens: 0 }, owner);
  const metered: Pick<ServableModel, "chat" | "complete" | "embed" | "rerank"> = {
    chat: (...args) => meterParts(model.chat(...args), meter, currentOwner()),
    complete: (...args) => meterParts(model.complete(...args), meter, currentOwner()),
    async embed(...args) {
      const owner = currentOwner();
      const embeddings = await model.embed(...args);
      computed(embeddings.numTokens, owner);
      return embeddings;
    },
    async rerank(...args) {
      const owner = currentOwner();
      const ranking = await model.rerank(...args);
      computed(ranking.numTokens, owner);
      return ranking;
    },
  };
  const own = new Map<PropertyKey, unknown>(Object.entries(metered));
  const proxy = new Proxy(model, {
    get(target, name) {
      const value: unknown = own.get(name) ?? Reflect.get(target, name, target);
      return typeof value === "function" && !own.has(name) ? value.bind(target) : value;
    },
  });
  return { ...served, model: proxy };
}

async function* meterParts(
  parts: AsyncIterable<GeneratePart>,
  meter: ModelMeter,
  owner: string | undefined,
): AsyncGenerator<GeneratePart> {
  let last = performance.now();
  let numParts = 0;
  let isFinished = false;
  try {
    for await (const part of parts) {
      const now = performance.now();
      if (part.type === "finish") {
        isFinished = true;
        meter.finish(part.usage, owner);
      } else if (numParts++ === 0) meter.first(now - last);
      else meter.next(now - last);
      last = now;
      yield part;
    }
  } finally {
    // Who leaves early pays for what was there.
    if (!isFinished && numParts > 0)
      meter.finish({ promptTokens: 0, cachedTokens: 0, completionTokens: numParts }, owner);
  }
}
