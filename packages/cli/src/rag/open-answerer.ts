import type { GenerateOptions, GeneratePart, Message, TextModel } from "@llamero/core";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { textFlag } from "../flags.ts";
import { loadStored, type ModelValues } from "../model/open-model.ts";
import { resolveModel } from "../model/resolve-model.ts";
import { defaultModel } from "../model/shipped-model.ts";
import { askJson, findServer } from "../round/server-or-store.ts";

/** Who answers: a model of this machine, or one that a server serves. */
export const serverFlags: { server: Flag<string | null>; apiKey: Flag<string | null> } = {
  server: textFlag("--server <url>", "server whose model answers (default: the model is loaded here)"),
  apiKey: textFlag("--api-key <key>", "the server's key"),
};

/** Something that answers, to be closed. */
export type Answerer = Pick<TextModel, "chat"> & AsyncDisposable;

/** The model that flags name; with a server the one of that name there, or its first. */
export async function openAnswerer(
  name: string | null,
  values: ModelValues & { server: string | null; apiKey: string | null },
): Promise<Answerer> {
  if (values.server === null) {
    if (values.apiKey !== null) throw new UsageError("--api-key goes with --server");
    const stored = name === null ? await defaultModel() : await resolveModel(name);
    if (stored === null) throw new UsageError("No model is named and none is there", "Add --model MODEL");
    return await loadStored(stored, values);
  }
  const address = await findServer(values);
  const ask = <T>(method: "GET" | "POST", path: string, body?: object): Promise<T> =>
    askJson<T>(address, method, path, body, "rag");
  let model = name;
  if (model === null) {
    const { data } = await ask<{ data: { id: string }[] }>("GET", "/v1/models");
    model = data[0]?.id ?? null;
    if (model === null) throw new UsageError(`${address.url} serves no model`);
  }
  return {
    async *chat(messages: readonly Message[], options: GenerateOptions = {}): AsyncGenerator<GeneratePart> {
      const { signal, maxTokens, sampling } = options;
      signal?.throwIfAborted();
      const answer = await ask<{ choices?: { message?: { content?: string | null } }[] }>(
        "POST",
        "/v1/chat/completions",
        { model, messages, max_completion_tokens: maxTokens, temperature: sampling?.temperature },
      );
      signal?.throwIfAborted();
      yield { type: "text-delta", text: answer.choices?.[0]?.message?.content ?? "", tokens: [] };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
