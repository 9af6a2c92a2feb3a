import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** What a handler gets beside the request. */
export interface Env {
  Bindings: HttpBindings;
}

export type RequestContext = Context<Env>;
