import type { IncomingMessage, ServerResponse } from "node:http";
import type { Trace } from "../observe/trace.ts";
import type { KeyAccess } from "../security/key-access.ts";
import type { ErrorForm } from "./define-route.ts";

/** One request, its answer, and what is known of both. */
export class Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Address without the query; hono reads addresses that are written in other ways. */
  readonly path: string;
  readonly #queryAt: number;
  /** Name of the key that the request came with; null for none that is valid. */
  owner: string | null = null;
  /** That key; null also where the server has none. */
  key: KeyAccess | null = null;
  /** Path of the route as it is defined. */
  pattern: string | null = null;
  /** How the route's errors go out, if not as OpenAI's. */
  errors: ErrorForm | null = null;
  /** What is noted of the request, if anything is. */
  trace: Trace | null = null;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
    const { url = "/" } = incoming;
    const end = url.indexOf("?");
    this.#queryAt = end === -1 ? url.length : end;
    this.path = url.slice(0, this.#queryAt);
  }

  get hasQuery(): boolean {
    return this.#queryAt < (this.incoming.url?.length ?? 0);
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.incoming.url?.slice(this.#queryAt));
  }

  /** A header of the request; `name` is in lower case. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }
}
