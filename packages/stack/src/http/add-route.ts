import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { z } from "zod";
import type { RouteServices } from "../routes/services.ts";
import type { Admission } from "../security/admission.ts";
import { requireScope, scopeOf } from "../security/key-access.ts";
import type { ServerLimits } from "../security/server-limits.ts";
import type { Store } from "../store/store.ts";
import { checkValue } from "./check-value.ts";
import type { AnyRoute, RouteRequest } from "./define-route.ts";
import { disconnectSignal } from "./disconnect.ts";
import type { Env } from "./env.ts";
import { EventStream } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http-error.ts";
import { fieldsReader, readForm } from "./read-fields.ts";
import { readJson } from "./read-json.ts";
import { readUpload } from "./read-upload.ts";
import { requireOwner } from "./security.ts";
import { JsonBytes, toLatin1 } from "./send.ts";

/** Streams that are silent longer than this begin with a comment, so that the client sees that it is served. */
const openAfterMs = 1000;

/** Prefix under which clients of Llama Stack 0.2 look for the routes of /v1. */
const oldPrefix = "/v1/openai";

const noFields = z.strictObject({});

export interface RouteAnswererOptions {
  /** Holds answers to their schemas; for tests and development, since it takes time. */
  checksAnswers: boolean;
  limits: Pick<ServerLimits, "bodyBytes" | "uploadBytes">;
  admission: Admission;
}

/**
 * Checks a request, reads it and lets the handler of its route answer: with a value for JSON, null for none, or a
 * Response.
 */
export type RouteAnswerer = (
  exchange: Exchange,
  params: Readonly<Record<string, string>>,
) => Promise<object | null>;

/** What a handler gives back when it has answered through a stream. */
export const answered: Response = RESPONSE_ALREADY_SENT;

/** Addresses of a route: those of /v1 have one under the old prefix too. */
export const pathsOf = ({ path }: AnyRoute): readonly string[] =>
  path.startsWith("/v1/") ? [path, `${oldPrefix}${path}`] : [path];

/** Adds an operation to an app. */
export function addRoute(app: Hono<Env>, route: AnyRoute, answer: RouteAnswerer): void {
  // Parameters as hono writes them.
  const paths = pathsOf(route).map((path) =>
    path.replace(/\{(\w+)(\+?)\}/g, (_, name, many) => `:${name}{${many === "" ? "[^/]+" : ".+"}}`),
  );
  app.on(route.method, paths as string[], async (c) => {
    const result = await answer(c.env.exchange, c.req.param() as Record<string, string>);
    if (result instanceof Response) return result;
    if (result === null) return c.body(null, 204);
    return c.body(Buffer.from(toLatin1(result), "latin1"), 200, { "Content-Type": "application/json" });
  });
}

/** What answers requests for an operation, once they have found it. */
export function routeAnswerer(
  route: AnyRoute,
  services: RouteServices,
  { checksAnswers, limits, admission }: RouteAnswererOptions,
): RouteAnswerer {
  const readQuery = queryReader(route);
  const readBody = bodyReader(route, limits, services.store);
  const scope = scopeOf(route);
  const eventsOf = eventStreams(route, checksAnswers);
  return async (exchange, params) => {
    const { outgoing } = exchange;
    exchange.pattern = route.path;
    exchange.errors = route.errors ?? null;
    const owner = route.isPublic ? exchange.owner : requireOwner(exchange);
    if (!route.isPublic) {
      if (services.closing.aborted) throw draining();
      requireScope(exchange, scope);
      admission.admit(owner!, route.method, outgoing);
    }
    const query = readQuery(exchange);
    const body = await readBody(exchange);
    const request = new CheckedRequest(exchange, { params, body, query, owner }, eventsOf);
    const result: object | null = await route.handle(request, services);
    if (result instanceof Response || result instanceof JsonBytes) return result;
    if (route.response === null) return null;
    if (checksAnswers) checkAnswer(route, route.response, result);
    return result;
  };
}

interface Checked {
  params: Readonly<Record<string, string>>;
  body: unknown;
  query: unknown;
  /** Null on a public route without a valid key. */
  owner: string | null;
}

/** A request that has passed all checks. */
class CheckedRequest implements RouteRequest<unknown, unknown> {
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly query: unknown;
  readonly owner: string;
  readonly isKnown: boolean;
  readonly context: Exchange;
  readonly #eventsOf: (outgoing: ServerResponse) => EventStream;
  #disconnected: AbortSignal | null = null;

  constructor(
    context: Exchange,
    { params, body, query, owner }: Checked,
    eventsOf: (outgoing: ServerResponse) => EventStream,
  ) {
    this.params = params;
    this.body = body;
    this.query = query;
    this.owner = owner ?? "";
    this.isKnown = owner !== null;
    this.context = context;
    this.#eventsOf = eventsOf;
  }

  /** Made when asked for: a listener for each request would be wasted on most. */
  get disconnected(): AbortSignal {
    this.#disconnected ??= disconnectSignal(this.context.outgoing);
    return this.#disconnected;
  }

  stream(): EventStream {
    return this.#eventsOf(this.context.outgoing);
  }
}

function eventStreams(route: AnyRoute, checksAnswers: boolean): (outgoing: ServerResponse) => EventStream {
  const check =
    checksAnswers && route.events
      ? (data: unknown): void => checkAnswer(route, route.events!, data)
      : undefined;
  return (outgoing) => new EventStream(outgoing, openAfterMs, check, route.lines ? "lines" : "events");
}

const draining = (): HttpError =>
  new HttpError(503, "The server is about to end and takes no more requests; try again in 5 s", {
    type: "server_error",
    code: "server_draining",
    headers: { "Retry-After": "5" },
  });

function queryReader(route: AnyRoute): (exchange: Exchange) => unknown {
  // Probes add things to the addresses of public routes.
  if (route.query === undefined && route.isPublic) return () => undefined;
  const schema = route.query as z.ZodType | undefined;
  if (schema === undefined) {
    return (exchange) => {
      if (!exchange.hasQuery) return undefined;
      const [name] = exchange.query.keys();
      if (name !== undefined) checkValue(noFields, { [name]: "" });
      return undefined;
    };
  }
  const read = fieldsReader(schema);
  return (exchange) => read(exchange.query);
}

function bodyReader(
  route: AnyRoute,
  { bodyBytes, uploadBytes }: RouteAnswererOptions["limits"],
  store: Store,
): (exchange: Exchange) => Promise<unknown> {
  const schema = route.body as z.ZodType | undefined;
  if (schema === undefined) return async () => undefined;
  if (!route.form) return ({ incoming }) => readJson(incoming, schema, bodyBytes);
  const read = fieldsReader(schema);
  if (route.upload === undefined) return async ({ incoming }) => read(await readForm(incoming, uploadBytes));
  const target = { store, field: "file", newId: route.upload.newId };
  return ({ incoming }) => readUpload(incoming, uploadBytes, target, read);
}

function checkAnswer({ method, path }: AnyRoute, schema: z.ZodType, value: unknown): void {
  // What goes out is JSON: fields that are undefined are absent.
  const result = schema.safeParse(JSON.parse(JSON.stringify(value)));
  if (result.success) return;
  throw new TypeError(`The answer of ${method} ${path} is not what its schema says: ${result.error.message}`);
}
