/**
 * One operation of the interface: what it takes, gives and does. The same schema objects validate requests and
 * responses and make our OpenAPI file.
 */
import type { z } from "zod";
import type { RouteServices } from "../routes/services.ts";
import type { EventStream } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpError } from "./http-error.ts";
import type { JsonBytes } from "./send.ts";

/** How settled an operation is, as Llama Stack says it: /v1; /v1alpha and /v1beta; runtime registration. */
export type RouteLevel = "stable" | "experimental" | "deprecated";

export interface RouteSpec<Body, Query, Result> {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** With parameters in braces, as in OpenAPI: `/v1/files/{file_id}`; `{model_id+}` takes slashes too. */
  path: string;
  /** Group in the OpenAPI file, such as `Files`. */
  tag: string;
  level: RouteLevel;
  /** One line in the imperative. */
  summary: string;
  /** Schema of a JSON body; `form` says that it comes as multipart/form-data. */
  body?: z.ZodType<Body>;
  form?: true;
  /** Its field `file` goes into the store as it comes: the handler gets a `StoredUpload` and keeps or discards it. */
  upload?: { newId(): string };
  query?: z.ZodType<Query>;
  /** Schema of a JSON answer; null for none (204). */
  response: z.ZodType<Result> | null;
  /** Schema of the data of each server-sent event, where the operation can stream. */
  events?: z.ZodType;
  /** Streams are lines of JSON instead of server-sent events. */
  lines?: true;
  /** Another form of errors than OpenAI's. */
  errors?: ErrorForm;
  /** Another content type than JSON for the answer, such as application/octet-stream. */
  contentType?: string;
  /** Needs no key: health and version. */
  isPublic?: true;
  handle(request: RouteRequest<Body, Query>, services: RouteServices): Promise<Result | JsonBytes | Response>;
}

/** How errors go out. */
export interface ErrorForm {
  schema: z.ZodType;
  convert(error: HttpError): object;
}

/** What a handler gets. */
export interface RouteRequest<Body, Query> {
  /** Path parameters by name. */
  params: Readonly<Record<string, string>>;
  body: Body;
  query: Query;
  /** Name of the key that the request came with, or `local`. */
  owner: string;
  /** False on a public route whose request has no valid key. */
  isKnown: boolean;
  /** Fires when the client is gone. */
  disconnected: AbortSignal;
  /** The request as it came. */
  context: Exchange;
  /** Events as the answer; each is held to the schema `events` where answers are checked. */
  stream(): EventStream;
}

/** A route of any types, for tables. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds routes of all types; each is checked where it is defined
export type AnyRoute = RouteSpec<any, any, any>;

/** Gives the route back; infers its types from its schemas. */
export function defineRoute<Body = undefined, Query = undefined, Result = undefined>(
  route: RouteSpec<Body, Query, Result>,
): RouteSpec<Body, Query, Result> {
  return route;
}
