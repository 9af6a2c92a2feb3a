import type { ServerResponse } from "node:http";
import { HttpError } from "../http/http-error.ts";
import type { KeyAccess } from "./key-access.ts";
import type { ServerLimits } from "./server-limits.ts";
import { TokenBucket } from "./token-bucket.ts";

interface Account {
  running: number;
  requests: TokenBucket | null;
  tokens: TokenBucket | null;
}

export type AdmissionLimits = Pick<
  ServerLimits,
  "concurrent" | "concurrentPerKey" | "requestsPerMinute" | "tokensPerDay"
>;

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Lets requests in as far as the limits of their keys and of the server go; counts are lost with the process. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #named: (name: string) => KeyAccess | undefined;
  readonly #now: () => number;
  readonly #accounts = new Map<string, Account>();
  #running = 0;

  constructor(
    limits: AdmissionLimits,
    named: (name: string) => KeyAccess | undefined,
    now: () => number = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#named = named;
    this.#now = now;
  }

  /**
   * Throws 429 for a request that comes too early; one let in counts until its answer is over. Without tokens left a
   * key may still look at what it has, and end it: `method` says which it is.
   */
  admit(owner: string, method: string, outgoing: Pick<ServerResponse, "once" | "destroyed">): void {
    const { concurrent, concurrentPerKey } = this.#limits;
    const account = this.#account(owner);
    const now = this.#now();
    if (concurrent !== null && this.#running >= concurrent)
      throw refuse(`The server answers ${concurrent} requests at once, no more`, "server_busy", 1000);
    if (concurrentPerKey !== null && account.running >= concurrentPerKey) {
      const what = `Key ${owner} may have ${concurrentPerKey} requests at once`;
      throw refuse(what, "too_many_concurrent_requests", 1000);
    }
    const tokenWait = method === "POST" ? (account.tokens?.waitMs(1, now) ?? 0) : 0;
    if (tokenWait > 0)
      throw refuse(`Key ${owner} has used up its tokens of a day`, "token_limit_exceeded", tokenWait);
    const wait = account.requests?.waitMs(1, now) ?? 0;
    if (wait > 0)
      throw refuse(`Key ${owner} has used up its requests of a minute`, "rate_limit_exceeded", wait);
    account.requests?.spend(1, now);
    if (outgoing.destroyed) return;
    this.#running++;
    account.running++;
    outgoing.once("close", () => {
      this.#running--;
      account.running--;
    });
  }

  /** Takes tokens that a key's request has used from its day. */
  charge(owner: string, numTokens: number): void {
    this.#account(owner).tokens?.spend(numTokens, this.#now());
  }

  #account(owner: string): Account {
    let account = this.#accounts.get(owner);
    if (account === undefined) {
      const key = this.#named(owner);
      const requests = key?.requestsPerMinute ?? this.#limits.requestsPerMinute;
      const tokens = key?.tokensPerDay ?? this.#limits.tokensPerDay;
      const now = this.#now();
      account = {
        running: 0,
        requests: requests === null ? null : new TokenBucket(requests, minuteMs, now),
        tokens: tokens === null ? null : new TokenBucket(tokens, dayMs, now),
      };
      this.#accounts.set(owner, account);
    }
    return account;
  }
}

function refuse(message: string, code: string, waitMs: number): HttpError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new HttpError(429, `${message}; try again in ${seconds} s`, {
    type: "rate_limit_error",
    code,
    headers: { "Retry-After": String(seconds) },
  });
}
