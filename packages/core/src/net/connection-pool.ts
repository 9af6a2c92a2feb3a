import type { Buffer } from "node:buffer";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type AnswerEvents, type AnswerHead, ResponseParser } from "./response-parser.ts";

/** Told of one exchange over a connection. */
export interface ExchangeEvents extends AnswerEvents {
  /** No more comes; `onEnd` did not. */
  onFailure(error: Error): void;
}

const maxFree = 256;
/** How long a free connection is used again if the server does not say: servers of one's own often wait for 5 s only. */
const freeMs = { connect: 4000, secureConnect: 50_000 } as const;

/** One connection to a server; it carries one exchange at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #pool: ConnectionPool;
  readonly #readyEvent: keyof typeof freeMs;
  #events: ExchangeEvents | null = null;
  #parser: ResponseParser | null = null;
  #isReady = false;
  #hasBytes = false;
  #lifeMs: number;
  /** When it is taken no more, on the clock of `performance`: no request may cross with the server's end of it. */
  expiresAt = 0;

  constructor(socket: Socket, pool: ConnectionPool, readyEvent: keyof typeof freeMs) {
    this.#socket = socket;
    this.#pool = pool;
    this.#readyEvent = readyEvent;
    this.#lifeMs = freeMs[readyEvent];
    socket.setNoDelay(true);
    // Nothing is written before the other side has shown its certificate.
    socket.once(readyEvent, () => {
      this.#isReady = true;
    });
    socket.on("data", (bytes) => this.#take(bytes));
    socket.on("end", () => {
      if (this.#parser?.close() !== true) this.#fail(new Error(this.#cutMessage));
    });
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => {
      this.#pool.remove(this);
      this.#fail(new Error(this.#cutMessage));
    });
  }

  /** `head` holds bytes as latin1 characters, `body` is text. */
  send(head: string, body: string, events: ExchangeEvents): void {
    this.#events = events;
    this.#hasBytes = false;
    this.#parser = new ResponseParser({
      onHead: (answer) => {
        this.#noteLife(answer);
        events.onHead(answer);
      },
      onBytes: (bytes) => events.onBytes(bytes),
      onEnd: () => this.#finish(),
    });
    this.#socket.ref();
    const write = (): void => {
      // One packet for both.
      this.#socket.cork();
      this.#socket.write(head, "latin1");
      if (body !== "") this.#socket.write(body, "utf8");
      this.#socket.uncork();
    };
    if (this.#isReady) write();
    else this.#socket.once(this.#readyEvent, write);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the exchange, and what carries it; nobody is told. */
  destroy(): void {
    this.#events = null;
    this.#socket.destroy();
  }

  get #cutMessage(): string {
    return this.#hasBytes
      ? "It closed the connection in the middle of its answer"
      : "It closed the connection without an answer";
  }

  #take(bytes: Buffer): void {
    // A free connection has nothing to say.
    if (this.#events === null) return void this.#socket.destroy();
    this.#hasBytes = true;
    try {
      this.#parser!.push(bytes);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #noteLife({ headers }: AnswerHead): void {
    const seconds = /\btimeout=(\d{1,6})/.exec(headers["keep-alive"] ?? "")?.[1];
    if (seconds !== undefined) this.#lifeMs = (Number(seconds) - 1) * 1000;
  }

  #finish(): void {
    const events = this.#events;
    this.#events = null;
    // A server that answers early has not taken all.
    const isFree = this.#parser!.isReusable && this.#socket.writableLength === 0 && this.#socket.writable;
    this.#parser = null;
    this.expiresAt = performance.now() + this.#lifeMs;
    if (isFree && this.#pool.release(this)) {
      this.#socket.unref();
      this.#socket.resume();
    } else this.#socket.destroy();
    events?.onEnd();
  }

  #fail(error: Error): void {
    const events = this.#events;
    this.#events = null;
    this.#socket.destroy();
    events?.onFailure(error);
  }
}

/** Connections to one origin that wait for their next request. */
export class ConnectionPool {
  readonly #url: URL;
  readonly #onEmpty: () => void;
  readonly #free: Connection[] = [];
  #numOpen = 0;
  #session: Buffer | undefined;

  /** `onEmpty` is called when the last connection is gone. */
  constructor(url: URL, onEmpty: () => void) {
    this.#url = url;
    this.#onEmpty = onEmpty;
  }

  /** A connection that was used before, if one is free. */
  take(): Connection {
    const now = performance.now();
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (free.expiresAt > now) return free;
      free.destroy();
    }
    return this.open();
  }

  open(): Connection {
    this.#numOpen++;
    const { protocol, port } = this.#url;
    const host = this.#url.hostname.replace(/^\[|\]$/g, "");
    if (protocol === "http:")
      return new Connection(connect({ host, port: Number(port || 80) }), this, "connect");
    const socket = connectTls({
      host,
      port: Number(port || 443),
      servername: isIP(host) === 0 ? host : "",
      ALPNProtocols: ["http/1.1"],
      ...(this.#session !== undefined && { session: this.#session }),
    });
    socket.on("session", (session) => {
      this.#session = session;
    });
    return new Connection(socket, this, "secureConnect");
  }

  /** False when there are enough. */
  release(connection: Connection): boolean {
    if (this.#free.length >= maxFree) return false;
    this.#free.push(connection);
    return true;
  }

  /** Called once for each connection that is gone. */
  remove(connection: Connection): void {
    const index = this.#free.indexOf(connection);
    if (index >= 0) this.#free.splice(index, 1);
    if (--this.#numOpen === 0) this.#onEmpty();
  }
}
