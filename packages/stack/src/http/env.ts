import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** What a handler gets beside the request. */
export interface Env {
  Bindings: HttpBindings;
  /** Name of the key that the request came with; null for none that is valid. */
  Variables: { owner: string | null };
}

export type RequestContext = Context<Env>;
