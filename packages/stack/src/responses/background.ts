import { QueueFullError } from "@llamero/core/errors";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { ResponseBuilder } from "../convert/responses-events.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import { runAs } from "../observe/request-owner.ts";
import type { RouteServices } from "../routes/services.ts";
import { listAll } from "../routes/stored-objects.ts";
import { StoreConflict, type StoredObject } from "../store/store.ts";
import { type PreparedResponse, prepareResponse } from "./prepare.ts";
import { createBuilder, finalWrites, generateResponse, toResponseError } from "./run-response.ts";
import { putEvents, putItems, putResponse, runningResponse, type StoredResponse } from "./stored-response.ts";

/** Responses that are generated at the same time; the rest wait. */
const maxRunning = 4;

/** A response that ends its process this often is not begun again. */
const maxStarts = 3;

const queueFullWaitMs = 500;

export interface BackgroundOptions {
  /** Whether other servers work on the same store; default by the store. */
  isShared?: boolean;
  /** A response whose server has not been heard of for so long is taken over; default 30 seconds. */
  leaseMs?: number;
}

/** A response in the background that this process is at. */
class LiveResponse {
  readonly prepared: PreparedResponse;
  readonly builder: ResponseBuilder;
  readonly events: ResponseEvent[] = [];
  readonly cancelled: AbortController = new AbortController();
  numStarts: number;
  isOver = false;
  /** Steps that are done, as the store has them: a process that takes the response over goes on behind them. */
  steps: Pick<ResponseObject, "output" | "usage"> & { results: Readonly<Record<string, string>> };
  /** Another server has ended or deleted it: what the store says of it stays. */
  isLost = false;
  /** Settles when the response is kept as it ended. */
  done: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #more: Promise<void> = Promise.resolve();

  constructor(prepared: PreparedResponse, numStarts: number) {
    this.prepared = prepared;
    this.builder = createBuilder(prepared);
    this.numStarts = numStarts;
    const { earlier } = prepared;
    this.steps = {
      output: [...(earlier?.stored ?? [])],
      usage: earlier?.usage ?? null,
      results: earlier?.results ?? {},
    };
    this.#renew();
  }

  add(events: readonly ResponseEvent[]): void {
    this.events.push(...events);
    this.#wake();
    this.#renew();
  }

  end(): void {
    this.isOver = true;
    this.#wake();
  }

  /** Events after a number, as they come, until the response is over. */
  async *follow(after: number): AsyncGenerator<ResponseEvent> {
    for (let at = after + 1; ; ) {
      while (at < this.events.length) yield this.events[at++]!;
      if (this.isOver) return;
      await this.#more;
    }
  }

  #renew(): void {
    this.#more = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/**
 * Responses that go on without their client. Each is kept before its request is answered; one that a restart
 * interrupts begins again.
 */
export class BackgroundResponses {
  readonly #services: RouteServices;
  readonly #isShared: boolean;
  readonly #leaseMs: number;
  readonly #live = new Map<string, LiveResponse>();
  readonly #waiting: LiveResponse[] = [];
  #numRunning = 0;
  readonly #runs = new Set<Promise<void>>();
  /** Settles when what an earlier process left is taken up. */
  readonly resumed: Promise<void>;

  constructor(services: RouteServices, options: BackgroundOptions = {}) {
    const { isShared = services.store.description.startsWith("postgres"), leaseMs = 30_000 } = options;
    this.#services = services;
    this.#isShared = isShared;
    this.#leaseMs = leaseMs;
    this.resumed = this.#resume().catch(services.onError);
    if (!isShared || services.closing.aborted) return;
    const clock = setInterval(() => void this.tick().catch(services.onError), leaseMs / 3);
    clock.unref();
    services.closing.addEventListener("abort", () => clearInterval(clock), { once: true });
  }

  /** Takes a response on; it is kept when this resolves. */
  async start(prepared: PreparedResponse): Promise<ResponseObject> {
    const live = new LiveResponse(prepared, 0);
    const { input, ownIds, owner } = prepared;
    live.add(live.builder.queue());
    const own = input.filter(({ id }) => ownIds.has(id));
    const { response } = live.builder;
    await this.#services.store.write(
      putResponse(this.#toStored(live), owner),
      ...putItems(own, response, owner),
    );
    this.#enqueue(live);
    return response;
  }

  /** Events of a response that this process is at, after a number; null when it is at no such response. */
  follow(id: string, after: number): AsyncGenerator<ResponseEvent> | null {
    return this.#live.get(id)?.follow(after) ?? null;
  }

  /** Ends a response if this process is at it; resolves when its end is kept. */
  async cancel(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (live === undefined) return;
    live.cancelled.abort();
    const at = this.#waiting.indexOf(live);
    if (at !== -1) {
      this.#waiting.splice(at, 1);
      live.done = this.#finish(live, () => live.builder.cancel());
    }
    await live.done;
  }

  /** Resolves when nothing is written any more; for a server that is closing. */
  async stop(): Promise<void> {
    await this.resumed;
    await Promise.all(this.#runs);
  }

  #enqueue(live: LiveResponse): void {
    this.#live.set(live.prepared.response.id, live);
    this.#waiting.push(live);
    this.#next();
  }

  #next(): void {
    if (this.#services.closing.aborted || this.#numRunning >= maxRunning) return;
    const live = this.#waiting.shift();
    if (live === undefined) return;
    this.#numRunning++;
    // Its own key pays, not that of the response whose end made room for it.
    const { owner } = live.prepared;
    const { traces } = this.#services;
    const trace = traces?.begin("background response", "internal") ?? null;
    if (trace !== null) trace.owner = owner;
    const done = runAs(owner, () => this.#run(live), trace)
      .catch(this.#services.onError)
      .finally(() => {
        if (trace !== null) traces?.end(trace);
        this.#numRunning--;
        this.#runs.delete(done);
        this.#next();
      });
    live.done = done;
    this.#runs.add(done);
  }

  async #run(live: LiveResponse): Promise<void> {
    const { store, closing, onError } = this.#services;
    const { prepared, builder, cancelled } = live;
    const { owner } = prepared;
    try {
      live.numStarts++;
      await store.write(putResponse({ ...this.#toStored(live), status: "in_progress" }, owner));
      // It does not hold up the end of the server: the next one begins it again.
      const interrupts = { disconnected: cancelled.signal, ended: closing };
      await this.#whenThereIsRoom(live, () =>
        generateResponse(
          prepared,
          builder,
          interrupts,
          (events) => live.add(events),
          ({ results }) => this.#keepStep(live, results),
        ),
      );
    } catch (error) {
      if (cancelled.signal.aborted) return await this.#finish(live, () => builder.cancel());
      if (closing.aborted) {
        this.#forget(live);
        const waiting = { ...this.#toStored(live), status: "queued" as const };
        return await store.write(
          putResponse(
            { ...waiting, run: { ...waiting.run!, numStarts: live.numStarts - 1, heldUntil: 0 } },
            owner,
          ),
        );
      }
      if (toHttpError(error).status === 500) onError(error);
      return await this.#finish(live, () => builder.fail(toResponseError(error)));
    }
    await this.#finish(live, () => builder.finish());
  }

  /** A step that is kept is not done twice. */
  async #keepStep(live: LiveResponse, results: Readonly<Record<string, string>>): Promise<void> {
    const { output, usage } = live.builder.response;
    live.steps = { output, usage, results: { ...results } };
    if (live.isLost) return;
    const stored = { ...this.#toStored(live), status: "in_progress" as const };
    await this.#services.store.write(putResponse(stored, live.prepared.owner));
  }

  /** A full queue is no reason to fail what waits anyway. */
  async #whenThereIsRoom(live: LiveResponse, run: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await run();
      } catch (error) {
        const { closing } = this.#services;
        if (!(error instanceof QueueFullError) || live.cancelled.signal.aborted || closing.aborted)
          throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, queueFullWaitMs));
    }
  }

  async #finish(live: LiveResponse, lastEvents: () => ResponseEvent[]): Promise<void> {
    const { prepared, builder } = live;
    const last = lastEvents();
    const all = [...live.events, ...last];
    try {
      if (live.isLost) return;
      await this.#services.store.write(
        ...finalWrites(prepared, builder.response),
        ...(prepared.request.stream === true ? [putEvents(builder.response.id, all)] : []),
      );
      live.add(last);
    } finally {
      this.#forget(live);
    }
  }

  #forget(live: LiveResponse): void {
    this.#live.delete(live.prepared.response.id);
    live.end();
  }

  /** Holds what this server is at, and takes up what no other holds; a clock calls it where the store is shared. */
  async tick(): Promise<void> {
    await this.resumed;
    for (const live of [...this.#live.values()]) await this.#hold(live);
    await this.#resume();
  }

  async #hold(live: LiveResponse): Promise<void> {
    const { store } = this.#services;
    const { owner, response } = live.prepared;
    const found = await store.get("response", response.id, owner);
    const status = (found?.value as StoredResponse | undefined)?.status;
    if (found === null || (status !== "queued" && status !== "in_progress")) {
      live.isLost = true;
      return await this.cancel(response.id);
    }
    const held = { ...putResponse({ ...this.#toStored(live), status }, owner), ifVersion: found.version };
    await store.write(held).catch(ignoreConflict);
  }

  /** Takes up the responses that an earlier process, or another server, did not end. */
  async #resume(): Promise<void> {
    const { store } = this.#services;
    const left = await Promise.all(
      (["queued", "in_progress"] as const).map((status) =>
        listAll(store, "response", { owner: null, where: { status } }),
      ),
    );
    const objects = left.flat().sort((a, b) => a.createdAt - b.createdAt);
    for (const object of objects) {
      const stored = object.value as unknown as StoredResponse;
      if (this.#live.has(stored.id) || !(await this.#claim(stored, object))) continue;
      await this.#resumeOne(stored, object.owner);
    }
  }

  /** True when no other server is at a response, and none will be. */
  async #claim(stored: StoredResponse, { owner, version }: StoredObject): Promise<boolean> {
    if (!this.#isShared || stored.run === undefined) return true;
    if (stored.run.heldUntil > Date.now()) return false;
    const run = { ...stored.run, heldUntil: Date.now() + this.#leaseMs };
    try {
      await this.#services.store.write({ ...putResponse({ ...stored, run }, owner), ifVersion: version });
      return true;
    } catch (error) {
      ignoreConflict(error);
      return false;
    }
  }

  async #resumeOne(stored: StoredResponse, owner: string): Promise<void> {
    const { run, ...response } = stored;
    const fail = (error: { code: string; message: string }): Promise<void> =>
      this.#services.store.write(putResponse({ ...response, status: "failed", error }, owner));
    if (run === undefined || run.numStarts >= maxStarts) {
      const message = `The server has stopped ${run?.numStarts ?? 1} times at this response`;
      return await fail({ code: "server_stopped", message });
    }
    if (run.withheld !== undefined) {
      const message = `The server stopped at this response, and does not keep the headers and authorization of ${run.withheld.join(", ")}; send the request again`;
      return await fail({ code: "credentials_not_kept", message });
    }
    try {
      const prepared = await prepareResponse(run.request, owner, this.#services, {
        id: stored.id,
        createdAt: stored.created_at,
        input: stored.input,
        ownIds: run.ownIds,
        results: run.results,
        output: stored.output,
        usage: stored.usage,
      });
      const live = new LiveResponse(prepared, run.numStarts);
      live.add(live.builder.queue());
      this.#enqueue(live);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      await fail(toResponseError(error));
    }
  }

  #toStored({ builder, prepared, numStarts, steps }: LiveResponse): StoredResponse {
    const { response } = builder;
    const { output, usage, results } = steps;
    const run = { numStarts, heldUntil: Date.now() + this.#leaseMs, results };
    const stored = runningResponse(prepared, { ...response, output, usage }, run);
    return { ...stored, status: response.status };
  }
}

/** Another server was faster. */
function ignoreConflict(error: unknown): void {
  if (!(error instanceof StoreConflict)) throw error;
}

const instances = new WeakMap<RouteServices, BackgroundResponses>();

/** The background responses of a server; what an earlier process left is taken up with the first call. */
export function backgroundOf(services: RouteServices): BackgroundResponses {
  let found = instances.get(services);
  if (found === undefined) {
    found = new BackgroundResponses(services);
    instances.set(services, found);
  }
  return found;
}
