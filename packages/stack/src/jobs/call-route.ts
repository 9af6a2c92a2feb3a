import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Json } from "../api/json.ts";
import { answered } from "../http/add-route.ts";
import { checkValue } from "../http/check-value.ts";
import type { RouteRequest } from "../http/define-route.ts";
import type { Exchange } from "../http/exchange.ts";
import { HttpError } from "../http/http-error.ts";
import { JsonBytes } from "../http/send.ts";
import type { RouteServices } from "../routes/services.ts";

export interface RouteCall {
  path: string;
  body: Json;
  owner: string;
  signal: AbortSignal;
}

/** Answers `POST path` in this process as the server would, through the same schema and handler. Throws what they throw. */
export async function callRoute(
  services: RouteServices,
  { path, body, owner, signal }: RouteCall,
): Promise<Json> {
  const route = services.routes.find((each) => each.method === "POST" && each.path === path);
  if (route?.body === undefined) throw new TypeError(`There is no POST ${path} with a body`);
  const connection = fakeConnection(signal);
  const request: RouteRequest<unknown, unknown> = {
    params: {},
    body: checkValue(route.body, body),
    query: undefined,
    owner,
    isKnown: true,
    disconnected: signal,
    context: connection.context,
    stream() {
      throw new HttpError(400, "There is no stream here; leave stream out", { param: "stream" });
    },
  };
  try {
    const result: unknown = await route.handle(request, services);
    if (result === answered) throw new TypeError(`POST ${path} has answered past its handler`);
    if (result instanceof JsonBytes)
      return JSON.parse(Buffer.from(result.latin1, "latin1").toString()) as Json;
    if (result instanceof Response) return (await result.json()) as Json;
    return JSON.parse(JSON.stringify(result)) as Json;
  } finally {
    connection.forget();
  }
}

/** As much of a connection as handlers ask for: whether the other side is gone. */
function fakeConnection(signal: AbortSignal): { context: Exchange; forget(): void } {
  const outgoing = Object.assign(new EventEmitter(), { destroyed: signal.aborted, writableFinished: false });
  const onAbort = (): void => void outgoing.emit("close");
  signal.addEventListener("abort", onAbort);
  return {
    context: { outgoing, trace: null, header: () => undefined } as unknown as Exchange,
    forget: () => signal.removeEventListener("abort", onAbort),
  };
}
