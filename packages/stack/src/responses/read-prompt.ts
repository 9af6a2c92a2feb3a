import type { PromptParam } from "../api/responses-request.ts";
import { fillPrompt } from "../convert/responses-request.ts";
import { HttpError } from "../http/http-error.ts";
import { readPromptVersion } from "../routes/prompts.ts";
import { notFound } from "../routes/stored-objects.ts";
import type { Store } from "../store/store.ts";

/** Text of the stored prompt that a request names, with its variables in place. */
export async function readPrompt(store: Store, prompt: PromptParam, owner: string): Promise<string> {
  const { id, version: given, variables } = prompt;
  if ((await store.get("prompt", id, owner)) === null) throw notFound("prompt", id, "prompt.id");
  if (given != null && !/^[1-9]\d{0,8}$/.test(given)) {
    throw new HttpError(400, `prompt.version: ${given} is not the number of a version`, {
      param: "prompt.version",
      code: "invalid_value",
    });
  }
  const version = given == null ? undefined : Number(given);
  const { prompt: text, variables: names } = await readPromptVersion(store, id, owner, version);
  return fillPrompt(text, names, variables);
}
