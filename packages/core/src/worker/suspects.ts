import type { LiveRequest } from "./live-request.ts";

/** What is known about a request whose workers died. */
interface Record {
  /** Deaths in a row that the request took part in without getting further. */
  strikes: number;
  /** Those of them in which it was alone. */
  soloStrikes: number;
  numDone: number;
}

/** Strikes after which a request runs alone. */
const suspectAt = 2;
/** Solo strikes after which it is found guilty. */
const guiltyAt = 2;

/**
 * Finds the request that kills workers. Requests that were in two dead workers without getting any further are
 * suspects and are retried one at a time; the one whose worker dies twice while it is alone is guilty. A death of
 * other causes costs the others a restart and nothing else.
 */
export class Suspects {
  readonly #records = new Map<LiveRequest, Record>();

  /** A worker died with these requests in it. Returns the guilty. */
  recordDeath(inside: readonly LiveRequest[]): LiveRequest[] {
    const guilty: LiveRequest[] = [];
    for (const request of inside) {
      const before = this.#records.get(request);
      const isStuck = before !== undefined && before.numDone === request.numDone;
      const solo = inside.length === 1 ? 1 : 0;
      const record = {
        strikes: (isStuck ? before.strikes : 0) + 1,
        soloStrikes: (isStuck ? before.soloStrikes : 0) + solo,
        numDone: request.numDone,
      };
      this.#records.set(request, record);
      if (record.soloStrikes >= guiltyAt) guilty.push(request);
    }
    return guilty;
  }

  /** True for a request that has to run alone until it gets further. */
  has(request: LiveRequest): boolean {
    const record = this.#records.get(request);
    return record !== undefined && record.strikes >= suspectAt && record.numDone === request.numDone;
  }

  forget(request: LiveRequest): void {
    this.#records.delete(request);
  }
}
