import type { Hono } from "hono";
import type { Env } from "../http/env.ts";
import type { ServedModels } from "../served-models.ts";

/** What routes get from the server. */
export interface RouteOptions {
  models: ServedModels;
  apiKey: string | null;
  /** Fires when the server begins to close. */
  closing: AbortSignal;
  /** Fires when requests still running have to end. */
  ended: AbortSignal;
  /** Told of every error that is no fault of a request. */
  onError: (error: unknown) => void;
}

/** Adds the routes of one interface. */
export type AddRoutes = (app: Hono<Env>, options: RouteOptions) => void;
