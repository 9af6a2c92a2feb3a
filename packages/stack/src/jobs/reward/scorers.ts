import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { Scorer } from "@llamero/train/round";
import { HttpError } from "../../http/http-error.ts";
import type { RouteServices } from "../../routes/services.ts";
import { findWeights } from "../training/find-weights.ts";

/** Reward models of a server, each opened with the first request for it and closed with the server. */
export class Scorers {
  readonly #services: RouteServices;
  readonly #opened = new Map<string, Promise<Scorer>>();
  /** Scores are computed for one request after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(services: RouteServices) {
    this.#services = services;
    services.closing.addEventListener("abort", () => void this.#close(), { once: true });
  }

  /** Runs `work` with the scorer of a model. */
  async with<T>(name: string, owner: string, work: (scorer: Scorer) => Promise<T>): Promise<T> {
    const path = await this.#find(name, owner);
    const turn = this.#last.then(async () => {
      let opening = this.#opened.get(path);
      if (opening === undefined) {
        opening = open(path);
        this.#opened.set(path, opening);
        opening.catch(() => this.#opened.delete(path));
      }
      return await work(await opening);
    });
    this.#last = turn.catch(() => {});
    return await turn;
  }

  /** A run's folder by its name, else whatever a name of a model means. */
  async #find(name: string, owner: string): Promise<string> {
    const run = join(homeFolder(), "runs", name, "model");
    const isRun =
      owner === "local" && /^[A-Za-z0-9][\w.-]*$/.test(name) && existsSync(join(run, "reward.json"));
    return isRun ? run : await findWeights(this.#services, { name, owner, param: "model" });
  }

  async #close(): Promise<void> {
    await this.#last;
    for (const opening of this.#opened.values()) {
      await opening.then((scorer) => scorer[Symbol.asyncDispose]()).catch(this.#services.onError);
    }
    this.#opened.clear();
  }
}

async function open(path: string): Promise<Scorer> {
  const { createScorer, openRewardModel } = await import("@llamero/train/round");
  try {
    return createScorer(openRewardModel(path));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Its path is nobody's business.
    const message = error.message.replaceAll(path, "The model");
    throw new HttpError(400, `model: ${message}`, { param: "model", code: "invalid_value" });
  }
}

const instances = new WeakMap<RouteServices, Scorers>();

/** The reward models of a server. */
export function scorersOf(services: RouteServices): Scorers {
  let found = instances.get(services);
  if (found === undefined) {
    found = new Scorers(services);
    instances.set(services, found);
  }
  return found;
}
