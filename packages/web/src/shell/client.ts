import type { ErrorBody } from "@llamero/stack/api/errors";
import { EventDataParser } from "./event-data.ts";

/** An answer of the server that is an error. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly status: number;
  readonly code: string | null;

  constructor(message: string, status: number, code: string | null = null) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const storageKey = "llamero-key";

/** The key that requests are sent with; empty for none. */
export function apiKey(): string {
  return localStorage.getItem(storageKey) ?? "";
}

/** Keeps a key in this browser; an empty one forgets it. */
export function keepApiKey(key: string): void {
  if (key === "") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, key);
}

let askForKey: (() => Promise<boolean>) | null = null;
let asking: Promise<boolean> | null = null;

/** Says how the reader is asked for a key when the server wants one; the answer is whether there is a new one. */
export function onKeyNeeded(ask: () => Promise<boolean>): void {
  askForKey = ask;
}

/** Address of a path of the server, such as `v1/models`, from whichever page. */
export function serverUrl(path: string): URL {
  const root = document.documentElement.dataset["root"] ?? ".";
  return new URL(path.replace(/^\//, ""), new URL(`${root}/`, location.href));
}

/**
 * Asks the server with the reader's key. A missing or wrong key is asked for, once for all requests that wait for it;
 * other errors of the server are thrown as `ServerError`.
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const key = apiKey();
  if (key !== "") headers.set("Authorization", `Bearer ${key}`);
  const response = await fetch(serverUrl(path), { ...init, headers });
  if (response.ok) return response;
  const body = (await response.json().catch(() => null)) as ErrorBody | null;
  if (response.status === 401 && askForKey !== null) {
    if (apiKey() === key) {
      asking ??= askForKey().finally(() => {
        asking = null;
      });
      await asking;
    }
    if (apiKey() !== key) return await request(path, init);
  }
  const message = body?.error.message ?? `The server answered ${response.status}`;
  throw new ServerError(message, response.status, body?.error.code ?? null);
}

/** Sends JSON, or only a method, and reads the JSON of the answer. */
export async function requestJson<Answer>(
  path: string,
  options: { method?: string; body?: unknown; signal?: AbortSignal | undefined } = {},
): Promise<Answer> {
  const response = await request(path, toInit(options));
  return (response.status === 204 ? null : await response.json()) as Answer;
}

function toInit(options: { method?: string; body?: unknown; signal?: AbortSignal | undefined }): RequestInit {
  const { method = options.body === undefined ? "GET" : "POST", body, signal } = options;
  return {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    }),
    ...(signal && { signal }),
  };
}

const isError = (event: unknown): event is ErrorBody =>
  typeof event === "object" && event !== null && "error" in event && !("type" in event);

/** Reads the events of an answer as they come, until `[DONE]`; an error among them is thrown. */
export async function* requestEvents<Event>(
  path: string,
  options: { method?: string; body?: unknown; signal?: AbortSignal | undefined } = {},
): AsyncGenerator<Event> {
  const response = await request(path, toInit(options));
  const parser = new EventDataParser();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      for (const data of parser.push(value)) {
        if (data === "[DONE]") return;
        const event = JSON.parse(data) as Event | ErrorBody;
        if (isError(event)) throw new ServerError(event.error.message, response.status, event.error.code);
        yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  throw new ServerError("The connection ended before the answer did", response.status);
}

/** What to tell the reader of an error; `unreachable` is the page's text for a server that is down. */
export function errorText(error: unknown, unreachable: string): string {
  if (error instanceof ServerError) return error.message;
  // A browser's own message for a server that is down is "Failed to fetch".
  return error instanceof TypeError ? unreachable : String(error);
}
