import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Trace } from "../observe/trace.ts";
import type { KeyAccess } from "../security/key-access.ts";

/** What a handler gets beside the request. */
export interface Env {
  Bindings: HttpBindings;
  /** Name of the key that the request came with; null for none that is valid. */
  Variables: {
    owner: string | null;
    /** That key; null also where the server has none. */
    key: KeyAccess | null;
    /** Path of the route as it is defined. */
    pattern: string | undefined;
    /** What is noted of the request, if anything is. */
    trace: Trace | undefined;
  };
}

export type RequestContext = Context<Env>;
