import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HubConnection } from "./client.ts";
import { defaultRetry } from "./retry.ts";

/** What the fake hub does wrong on its next answers to a file request; each is used up once. */
export type Fault =
  | { kind: "drop"; afterBytes: number }
  | { kind: "status"; status: number; retryAfter?: string }
  | { kind: "short"; bytes: number }
  | { kind: "long"; bytes: number }
  | { kind: "stall"; afterBytes: number }
  | { kind: "ignore-range" };

/** A local server that speaks the hub protocol, well or badly. Tests only. */
export class FakeHub {
  readonly files: Map<string, Uint8Array> = new Map();
  readonly faults: Fault[] = [];
  readonly requests: { method: string; url: string; range: string | null; authorization: string | null }[] =
    [];
  /** Overrides what the listing and headers say. */
  listedSize: number | null = null;
  listedSha256: string | null = null;
  linkedSize: number | null = null;
  /** Redirect file requests here, as the hub does to its content network. */
  redirectTo: string | null = null;
  requiredToken: string | null = null;
  /** The next listings never end. */
  numStalledListings = 0;
  repo = "someone/tiny-GGUF";
  private readonly server: Server;
  private readonly stalled: ServerResponse[] = [];

  constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A connection with delays too short to notice. */
  connection(changes: Partial<HubConnection> = {}): HubConnection {
    const retry = { ...defaultRetry, baseDelayMs: 1, maxDelayMs: 5 };
    return { endpoint: this.endpoint, token: null, retry, ...changes };
  }

  /** One that does not wait long for a server that says nothing. */
  impatient(): HubConnection {
    const connection = this.connection();
    return { ...connection, retry: { ...connection.retry, stallTimeoutMs: 300 } };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Breaks the connections that stall. */
  dropStalled(): void {
    for (const response of this.stalled.splice(0)) response.destroy();
  }

  /** How many requests for file contents came in. */
  get numDownloads(): number {
    return this.requests.filter(({ url }) => !url.startsWith("/api/")).length;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "http://hub");
    const authorization = request.headers.authorization ?? null;
    this.requests.push({
      method: request.method ?? "",
      url: url.pathname,
      range: request.headers.range ?? null,
      authorization,
    });
    if (this.requiredToken !== null && authorization !== `Bearer ${this.requiredToken}`) {
      response.writeHead(401).end();
    } else if (url.pathname.startsWith("/api/")) this.answerListing(url, response);
    else this.answerFile(request, url, response);
  }

  private answerListing(url: URL, response: ServerResponse): void {
    if (url.pathname !== `/api/models/${this.repo}/tree/main`) return void response.writeHead(404).end("{}");
    if (this.numStalledListings-- > 0) return void response.writeHead(200).write("[");
    const entries = [...this.files].map(([path, bytes]) => ({
      type: "file",
      path,
      size: this.listedSize ?? bytes.length,
      lfs: { oid: this.listedSha256 ?? sha256(bytes), size: this.listedSize ?? bytes.length },
    }));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(entries));
  }

  private answerFile(request: IncomingMessage, url: URL, response: ServerResponse): void {
    const path = decodeURIComponent(url.pathname.replace(/^\/(.*\/resolve\/main|cdn)\//, ""));
    const bytes = this.files.get(path);
    if (bytes === undefined) return void response.writeHead(404).end();
    if (this.redirectTo !== null && !url.pathname.startsWith("/cdn/")) {
      const linked = {
        "x-linked-size": String(this.linkedSize ?? bytes.length),
        "x-linked-etag": `"${sha256(bytes)}"`,
      };
      return void response.writeHead(302, { ...linked, location: `${this.redirectTo}/cdn/${path}` }).end();
    }
    const fault = this.faults.shift();
    if (fault?.kind === "status") {
      const retryAfter = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
      return void response.writeHead(fault.status, retryAfter).end();
    }
    const from =
      fault?.kind === "ignore-range" ? 0 : Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (from > 0 && from >= bytes.length) {
      return void response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
    }
    this.sendBody(response, bytes, from, fault);
  }

  private sendBody(
    response: ServerResponse,
    bytes: Uint8Array,
    from: number,
    fault: Fault | undefined,
  ): void {
    let body = bytes.subarray(from);
    if (fault?.kind === "short") body = body.subarray(0, fault.bytes);
    if (fault?.kind === "long") body = Buffer.concat([body, Buffer.alloc(fault.bytes, 7)]);
    const headers: Record<string, string> = { etag: '"v1"', "x-repo-commit": "abc123" };
    if (this.linkedSize !== null) headers["x-linked-size"] = String(this.linkedSize);
    // A length would let the client see the lie before the body; chunked hides it.
    if (fault?.kind !== "short" && fault?.kind !== "long") headers["content-length"] = String(body.length);
    if (from > 0) headers["content-range"] = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(from > 0 ? 206 : 200, headers);
    if (fault?.kind !== "drop" && fault?.kind !== "stall") return void response.end(body);
    if (fault.kind === "stall") this.stalled.push(response);
    response.write(body.subarray(0, fault.afterBytes), () => {
      // Lets the bytes reach the client before the connection breaks.
      if (fault.kind === "drop") setTimeout(() => response.destroy(), 20);
    });
  }
}

/** Hex digest. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
