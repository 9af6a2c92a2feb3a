import { type ResponseEvent, responseEventSchema } from "../api/responses-events.ts";
import type { Item } from "../api/responses-items.ts";
import {
  deletedResponseSchema,
  inputItemListSchema,
  responseListSchema,
  responseObjectSchema,
} from "../api/responses-object.ts";
import {
  getResponseQuerySchema,
  type InputItemsQuery,
  inputItemsQuerySchema,
  listResponsesQuerySchema,
} from "../api/responses-queries.ts";
import { responseRequestSchema } from "../api/responses-request.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { answerEvents, answerWhole, sendEvents } from "../responses/answer-response.ts";
import { backgroundOf } from "../responses/background.ts";
import { prepareResponse } from "../responses/prepare.ts";
import {
  deleteResponse,
  findResponse,
  putResponse,
  readEvents,
  type StoredResponse,
  toListed,
  toResponseObject,
} from "../responses/stored-response.ts";
import { StoreConflict } from "../store/store.ts";
import type { RouteServices } from "./services.ts";
import { listStored, toPage } from "./stored-objects.ts";

const common = { tag: "Responses", level: "stable" } as const;
const path = "/v1/responses/{response_id}";

/** OpenAI's Responses. */
export const responsesRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1/responses",
    summary: "Create a response",
    body: responseRequestSchema,
    response: responseObjectSchema,
    events: responseEventSchema,
    async handle(request, services) {
      const { body, owner } = request;
      const prepared = await prepareResponse(body, owner, services);
      if (body.background !== true) {
        return body.stream === true
          ? await answerEvents(prepared, request, services)
          : await answerWhole(prepared, request, services);
      }
      const background = backgroundOf(services);
      const response = await background.start(prepared);
      const events = body.stream === true ? background.follow(response.id, -1) : null;
      return events === null ? response : await sendEvents(events, request);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1/responses",
    summary: "List responses",
    query: listResponsesQuerySchema,
    response: responseListSchema,
    async handle({ query: { model, ...query }, owner }, { store }) {
      const where = model === undefined ? {} : { model: model.replace(/^llamero\//, "") };
      const { items, hasMore } = await listStored(store, "response", { owner, query, where });
      return toPage(items.map(toListed), hasMore);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path,
    summary: "Get a response, or the events of one",
    query: getResponseQuerySchema,
    response: responseObjectSchema,
    events: responseEventSchema,
    async handle(request, services) {
      const { params, query, owner } = request;
      const id = params["response_id"]!;
      const { value } = await findResponse(services.store, id, owner);
      if (query.stream === true) {
        return await sendEvents(await findEvents(id, query.starting_after ?? -1, services), request);
      }
      if (query.starting_after === undefined) return toResponseObject(value);
      throw new HttpError(400, "starting_after needs stream: true", {
        param: "starting_after",
        code: "invalid_value",
      });
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path,
    summary: "Delete a response; one in the background is cancelled first",
    response: deletedResponseSchema,
    async handle({ params, owner }, services) {
      const id = params["response_id"]!;
      await findResponse(services.store, id, owner);
      await backgroundOf(services).cancel(id);
      await services.store.write(...deleteResponse(id, owner));
      return { id, object: "response", deleted: true } as const;
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${path}/cancel`,
    summary: "Cancel a response in the background",
    response: responseObjectSchema,
    async handle({ params, owner }, services) {
      const id = params["response_id"]!;
      const { value } = await findResponse(services.store, id, owner);
      if (!value.background) {
        throw new HttpError(
          400,
          `Cannot cancel response ${id}: it is not in the background; end its request instead`,
          {
            code: "not_cancellable",
          },
        );
      }
      return toResponseObject(await cancelled(id, owner, services));
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${path}/input_items`,
    summary: "List what went into a response",
    query: inputItemsQuerySchema,
    response: inputItemListSchema,
    async handle({ params, query, owner }, { store }) {
      const { value } = await findResponse(store, params["response_id"]!, owner);
      const { items, hasMore } = pageOf(value.input, query);
      return toPage(items, hasMore);
    },
  }),
];

/** Events of a response after a number: as they come, or as they were kept. */
async function findEvents(
  id: string,
  after: number,
  services: RouteServices,
): Promise<AsyncIterable<ResponseEvent> | Iterable<ResponseEvent>> {
  const live = backgroundOf(services).follow(id, after);
  if (live !== null) return live;
  const kept = await readEvents<ResponseEvent>(services.store, id);
  if (kept !== null) return kept.slice(after + 1);
  throw new HttpError(
    400,
    `The response ${id} was not made with background and stream; get it without stream`,
    {
      param: "stream",
      code: "not_streamable",
    },
  );
}

/** The response once it has ended; where another server is at it, that one sees what the store says. */
async function cancelled(id: string, owner: string, services: RouteServices): Promise<StoredResponse> {
  const background = backgroundOf(services);
  await background.resumed;
  await background.cancel(id);
  for (;;) {
    const { value, version } = await findResponse(services.store, id, owner);
    if (value.status !== "queued" && value.status !== "in_progress") return value;
    const { run: _, ...rest } = value;
    const ended: StoredResponse = { ...rest, status: "cancelled" };
    try {
      await services.store.write({ ...putResponse(ended, owner), ifVersion: version });
      return ended;
    } catch (error) {
      // Its server has just written: read again.
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

function pageOf(items: readonly Item[], query: InputItemsQuery): { items: Item[]; hasMore: boolean } {
  const { after, before, limit = 20, order = "desc" } = query;
  const all = order === "asc" ? [...items] : items.toReversed();
  const find = (param: "after" | "before", id: string): number => {
    const at = all.findIndex((item) => item.id === id);
    if (at !== -1) return at;
    throw new HttpError(400, `${param}: There is no item ${id}`, { param, code: "invalid_value" });
  };
  const start = after === undefined ? 0 : find("after", after) + 1;
  const end = before === undefined ? all.length : find("before", before);
  const between = all.slice(start, end);
  return { items: between.slice(0, limit), hasMore: between.length > limit };
}
