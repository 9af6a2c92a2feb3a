import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { z } from "zod";
import { runAs } from "../observe/request-owner.ts";
import type { RouteServices } from "../routes/services.ts";
import type { Admission } from "../security/admission.ts";
import { requireScope, scopeOf } from "../security/key-access.ts";
import type { ServerLimits } from "../security/server-limits.ts";
import type { Store } from "../store/store.ts";
import { checkValue } from "./check-value.ts";
import type { AnyRoute, RouteRequest } from "./define-route.ts";
import { disconnectSignal } from "./disconnect.ts";
import type { Env, RequestContext } from "./env.ts";
import { EventStream } from "./event-stream.ts";
import { HttpError } from "./http-error.ts";
import { fieldsReader, readForm } from "./read-fields.ts";
import { readJson } from "./read-json.ts";
import { readUpload } from "./read-upload.ts";
import { requireOwner } from "./security.ts";

/** Streams that are silent longer than this begin with a comment, so that the client sees that it is served. */
const openAfterMs = 1000;

/** Prefix under which clients of Llama Stack 0.2 look for the routes of /v1. */
const oldPrefix = "/v1/openai";

const noFields = z.strictObject({});

export interface AddRouteOptions {
  /** Holds answers to their schemas; for tests and development, since it takes time. */
  checksAnswers: boolean;
  limits: Pick<ServerLimits, "bodyBytes" | "uploadBytes">;
  admission: Admission;
}

/** Path of a route as hono writes it. */
function honoPath(path: string): string {
  return path.replace(/\{(\w+)(\+?)\}/g, (_, name, many) => `:${name}{${many === "" ? "[^/]+" : ".+"}}`);
}

/** Adds an operation to an app; those of /v1 under the old prefix too. */
export function addRoute(
  app: Hono<Env>,
  route: AnyRoute,
  services: RouteServices,
  { checksAnswers, limits, admission }: AddRouteOptions,
): void {
  const readQuery = queryReader(route);
  const readBody = bodyReader(route, limits, services.store);
  const path = honoPath(route.path);
  const paths = path.startsWith("/v1/") ? [path, `${oldPrefix}${path}`] : [path];
  app.on(route.method, paths, async (c) => {
    c.set("pattern", route.path);
    const owner = route.isPublic ? c.var.owner : requireOwner(c);
    if (!route.isPublic) {
      if (services.closing.aborted) throw draining();
      requireScope(c, scopeOf(route));
      admission.admit(owner!, route.method, c.env.outgoing);
    }
    const query = readQuery(c);
    const body = await readBody(c);
    let disconnected: AbortSignal | undefined;
    const request: RouteRequest<unknown, unknown> = {
      params: c.req.param() as Record<string, string>,
      body,
      query,
      owner: owner ?? "",
      isKnown: owner !== null,
      // A listener for each request would be wasted on most.
      get disconnected() {
        disconnected ??= disconnectSignal(c.env.outgoing);
        return disconnected;
      },
      context: c,
      stream: () =>
        new EventStream(
          c.env.outgoing,
          openAfterMs,
          checksAnswers && route.events ? (data) => checkAnswer(route, route.events!, data) : undefined,
          route.lines ? "lines" : "events",
        ),
    };
    const result: unknown = await runAs(request.owner, () => route.handle(request, services), c.var.trace);
    if (result instanceof Response) return result;
    if (route.response === null) return c.body(null, 204);
    if (checksAnswers) checkAnswer(route, route.response, result);
    return c.json(result as object);
  });
}

const draining = (): HttpError =>
  new HttpError(503, "The server is about to end and takes no more requests; try again in 5 s", {
    type: "server_error",
    code: "server_draining",
    headers: { "Retry-After": "5" },
  });

/** What a handler gives back when it has answered through a stream. */
export const answered: Response = RESPONSE_ALREADY_SENT;

function queryReader(route: AnyRoute): (c: RequestContext) => unknown {
  // Probes add things to the addresses of public routes.
  if (route.query === undefined && route.isPublic) return () => undefined;
  const schema = route.query as z.ZodType | undefined;
  if (schema === undefined) {
    return (c) => {
      const [name] = new URL(c.req.url).searchParams.keys();
      if (name !== undefined) checkValue(noFields, { [name]: "" });
      return undefined;
    };
  }
  const read = fieldsReader(schema);
  return (c) => read(new URL(c.req.url).searchParams);
}

function bodyReader(
  route: AnyRoute,
  { bodyBytes, uploadBytes }: AddRouteOptions["limits"],
  store: Store,
): (c: RequestContext) => Promise<unknown> {
  const schema = route.body as z.ZodType | undefined;
  if (schema === undefined) return async () => undefined;
  if (!route.form) return (c) => readJson(c, schema, bodyBytes);
  const read = fieldsReader(schema);
  if (route.upload === undefined) return async (c) => read(await readForm(c, uploadBytes));
  const target = { store, field: "file", newId: route.upload.newId };
  return (c) => readUpload(c, uploadBytes, target, read);
}

function checkAnswer({ method, path }: AnyRoute, schema: z.ZodType, value: unknown): void {
  // What goes out is JSON: fields that are undefined are absent.
  const result = schema.safeParse(JSON.parse(JSON.stringify(value)));
  if (result.success) return;
  throw new TypeError(`The answer of ${method} ${path} is not what its schema says: ${result.error.message}`);
}
