import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Env } from "./env.ts";
import type { Exchange } from "./exchange.ts";
import { HttpError } from "./http-error.ts";

/** Hands requests to an app of hono. */
export function honoListener(app: Hono<Env>): (exchange: Exchange) => void {
  const exchanges = new WeakMap<object, Exchange>();
  const answer = getRequestListener(
    (request, env) => {
      const exchange = exchanges.get(env.incoming)!;
      return app.fetch(request, { ...env, exchange } as Env["Bindings"]);
    },
    {
      overrideGlobalObjects: false,
      // What is no request at all never reaches the app.
      errorHandler: (error) =>
        Response.json(new HttpError(400, error instanceof Error ? error.message : String(error)).body, {
          status: 400,
        }),
    },
  );
  return (exchange) => {
    exchanges.set(exchange.incoming, exchange);
    void answer(exchange.incoming, exchange.outgoing);
  };
}
