import { join } from "node:path";
import type { Generator } from "@llamero/eval";
import { UsageError } from "../errors.ts";
import { loadStored, type ModelValues } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { interruptSignal } from "../terminal/interrupt.ts";

/** A model that answers, until it is disposed of. */
export interface OpenedGenerator extends AsyncDisposable {
  generator: Generator;
  /** Tokens of a text by the model's own tokenizer; null where that is not known. */
  countTokens: ((text: string) => number) | null;
}

export interface GeneratorValues extends ModelValues {
  batch: number;
}

const isUrl = (text: string): boolean => /^https?:\/\//.test(text);

/** Opens a server at a URL, `URL#MODEL` for one of several models, or loads a model of this machine. */
export async function openGenerator(
  text: string,
  values: GeneratorValues,
  { apiKey, workFolder }: { apiKey: string | null; workFolder: string },
): Promise<OpenedGenerator> {
  if (isUrl(text)) return await openServer(text, { apiKey, concurrency: values.batch });
  const { LocalGenerator } = await import("@llamero/eval");
  const model = await loadStored(await resolveModel(text), values, values.batch);
  try {
    const generator = await LocalGenerator.create(model, {
      digestLog: join(workFolder, "digests.jsonl"),
      signal: interruptSignal(),
    });
    return {
      generator,
      countTokens: (text) => model.tokenizer.encode(text).length,
      [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
    };
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens a server that speaks the OpenAI protocol. */
export async function openServer(
  text: string,
  { apiKey, concurrency }: { apiKey: string | null; concurrency: number },
): Promise<OpenedGenerator> {
  if (!isUrl(text)) throw new UsageError(`${text} is no URL; give one up to and including /v1`);
  const { OpenAiGenerator } = await import("@llamero/eval");
  const [url = "", model = null] = text.split("#");
  const generator = await OpenAiGenerator.open({
    url,
    apiKey,
    model,
    concurrency,
    signal: interruptSignal(),
  });
  return { generator, countTokens: null, [Symbol.asyncDispose]: async () => undefined };
}
