import type { Message } from "@llamero/core";
import type { Item } from "../api/responses-items.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { ResponseRequest } from "../api/responses-request.ts";
import type { ChatJob } from "../convert/chat-request.ts";
import { itemMessages, toItems } from "../convert/responses-items.ts";
import { conversationId, toGenerateOptions, toResponse } from "../convert/responses-request.ts";
import { HttpError } from "../http/http-error.ts";
import type { RouteServices } from "../routes/services.ts";
import { newId, nowSeconds } from "../routes/stored-objects.ts";
import type { ServableModel } from "../served-models.ts";
import { readPrompt } from "./read-prompt.ts";
import { type BackgroundRun, chainItems, conversationItems, findItems } from "./stored-response.ts";
import type { ToolRunner } from "./tool-runner.ts";

/** A request with all that it refers to. */
export interface PreparedResponse {
  owner: string;
  request: ResponseRequest;
  /** Without output. */
  response: ResponseObject;
  /** What the request adds. */
  input: Item[];
  /** Ids of input items that this response gave them, and no other stored item has. */
  ownIds: ReadonlySet<string>;
  /** Ids of the items that come before. */
  historyIds: ReadonlySet<string>;
  model: ServableModel;
  job: ChatJob;
  /** What the server runs of what the model calls. */
  runners: readonly ToolRunner[];
}

/** A response that has begun before. */
export interface EarlierStart extends Pick<BackgroundRun, "ownIds"> {
  id: string;
  createdAt: number;
  input: Item[];
}

/** Reads what a request refers to. Throws an HTTP error for what is not there or does not fit together. */
export async function prepareResponse(
  request: ResponseRequest,
  owner: string,
  { models, store }: Pick<RouteServices, "models" | "store">,
  earlier?: EarlierStart,
): Promise<PreparedResponse> {
  const { name, model, adapter } = models.find(request.model);
  const options = toGenerateOptions(request, adapter);
  const { previous_response_id: previous, conversation } = request;
  const history =
    previous != null
      ? await chainItems(store, previous, owner)
      : conversation != null
        ? await conversationItems(store, conversationId(conversation), owner)
        : [];
  const ownIds = new Set(earlier?.ownIds);
  const input = earlier?.input ?? (await readInput(request, { store, owner, history, ownIds }));
  const messages: Message[] = [];
  if (request.prompt != null) {
    messages.push({ role: "system", content: await readPrompt(store, request.prompt, owner) });
  }
  if (request.instructions != null) messages.push({ role: "system", content: request.instructions });
  messages.push(...itemMessages(history, input));
  if (messages.length === 0) {
    throw new HttpError(400, "There is nothing to answer; give input", {
      param: "input",
      code: "invalid_value",
    });
  }
  const head = {
    id: earlier?.id ?? newId("resp_"),
    createdAt: earlier?.createdAt ?? nowSeconds(),
    model: name,
    sampling: model.sampling,
  };
  return {
    owner,
    request,
    response: toResponse(request, head),
    input,
    ownIds,
    historyIds: new Set(history.map(({ id }) => id)),
    model,
    job: { messages, options: [options] },
    runners: [],
  };
}

async function readInput(
  { input }: ResponseRequest,
  {
    store,
    owner,
    history,
    ownIds,
  }: Pick<RouteServices, "store"> & {
    owner: string;
    history: readonly Item[];
    ownIds: Set<string>;
  },
): Promise<Item[]> {
  const ids = Array.isArray(input)
    ? input.flatMap((item) => (item.type === "item_reference" ? [item.id] : []))
    : [];
  const references = await findItems(store, ids, { owner, known: history });
  return toItems(input, references, (prefix) => {
    const id = newId(prefix);
    ownIds.add(id);
    return id;
  });
}
