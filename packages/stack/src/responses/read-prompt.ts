import type { PromptParam } from "../api/responses-request.ts";
import { fillPrompt } from "../convert/responses-request.ts";
import { notFound } from "../routes/stored-objects.ts";
import type { Store } from "../store/store.ts";

/** Text of the stored prompt that a request names, with its variables in place. */
export async function readPrompt(store: Store, prompt: PromptParam, owner: string): Promise<string> {
  const found = await store.get("prompt", prompt.id, owner);
  if (found === null) throw notFound("prompt", prompt.id, "prompt.id");
  const value = found.value as unknown as { prompt: string | null; variables: string[] };
  return fillPrompt(value.prompt ?? "", value.variables, prompt.variables);
}
