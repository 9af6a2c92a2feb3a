import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Exchange } from "./exchange.ts";

/** What hono's handlers get beside the request. */
export interface Env {
  Bindings: HttpBindings & { exchange: Exchange };
}

export type RequestContext = Context<Env>;
