import { setTimeout as sleep } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import type { RunSummary, RunsMessage } from "../api/runs.ts";
import { disconnectSignal } from "../http/disconnect.ts";
import type { Env } from "../http/env.ts";
import { EventStream } from "../http/event-stream.ts";
import type { Exchange } from "../http/exchange.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { RunFollower } from "./follow-run.ts";
import { listRuns, type SummaryCache } from "./list-runs.ts";

/** Which runs are shown, and to whom. */
export interface RunsRoutesOptions {
  /** Folder of runs. */
  folder: string;
  /** Between two looks at the files. */
  pollMs?: number;
  /** Ends the streams. */
  ended: AbortSignal;
  /** Throws for requests that may not see the runs. */
  allow(exchange: Exchange): void;
  onError: (error: unknown) => void;
}

const openAfterMs = 1000;

/** Adds what the page of runs asks for: the list, and a stream of what runs add. */
export function addRunsRoutes(app: Hono<Env>, options: RunsRoutesOptions): void {
  const { folder, pollMs = 1000, ended, allow, onError } = options;
  const cache: SummaryCache = new Map();
  app.get("/runs", async (c) => {
    allow(c.env.exchange);
    return c.json({ folder, runs: await listRuns(folder, cache) });
  });
  app.get("/runs/events", async (c) => {
    allow(c.env.exchange);
    const names = c.req.queries("run") ?? [];
    const places = c.req.queries("at") ?? [];
    const known = new Set((await listRuns(folder, cache)).map(({ name }) => name));
    // Names come from the list, so a path of a request never reaches the disk.
    const unknown = names.find((name) => !known.has(name));
    if (unknown !== undefined)
      throw new HttpError(404, `There is no run ${unknown}`, { code: "unknown_run" });
    const followers = names.map((name, index) => new RunFollower(folder, name, placeOf(places[index])));
    const gone = AbortSignal.any([disconnectSignal(c.env.outgoing), ended]);
    const events = new EventStream(c.env.outgoing, openAfterMs);
    try {
      await tell(events, { folder, cache, followers, pollMs, gone });
      await events.end();
    } catch (error) {
      events.stopClock();
      if (!events.isOpen) throw error;
      onError(error);
      await events.end(toHttpError(error).body);
    }
    return RESPONSE_ALREADY_SENT;
  });
}

function placeOf(text: string | undefined): number {
  const place = Number(text ?? 0);
  if (Number.isSafeInteger(place) && place >= 0) return place;
  throw new HttpError(400, `at must be a number of bytes, not ${text}`);
}

interface Told {
  folder: string;
  cache: SummaryCache;
  followers: readonly RunFollower[];
  pollMs: number;
  gone: AbortSignal;
}

/** Sends the list whenever it changes and what the runs add, until the client or the server is gone. */
async function tell(events: EventStream, { folder, cache, followers, pollMs, gone }: Told): Promise<void> {
  const send = (message: RunsMessage): Promise<void> => events.send(message);
  let last = "";
  while (!gone.aborted) {
    const runs: RunSummary[] = await listRuns(folder, cache);
    const text = JSON.stringify(runs);
    if (text !== last) await send({ type: "runs", runs });
    last = text;
    for (const follower of followers) {
      for (let part = await follower.next(); part !== null && !gone.aborted; part = await follower.next())
        await send(part);
    }
    await sleep(pollMs, undefined, { signal: gone }).catch(() => {});
  }
}
