import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A request that a fake provider got. */
export interface SeenRequest {
  line: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** Whether the other side went before the answer was complete. */
  isAborted: boolean;
}

type Behavior = (response: ServerResponse, seen: SeenRequest) => void;

/** Chunks of a streamed answer. */
export const fakeEvents = (model: string): string[] => {
  const chunk = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({ id: "c1", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  return [
    chunk({ role: "assistant", content: 'Say "model":"' }, null),
    chunk({ content: "é🦙" }, null),
    chunk({}, "stop"),
    "data: [DONE]\n\n",
  ];
};

/** What a fake provider can do with a request. */
export const behaviors: {
  answer: Behavior;
  fail(status: number, body?: unknown, headers?: Record<string, string>): Behavior;
  hangUp: Behavior;
  silence: Behavior;
  /** Streams this many chunks, then hangs up. */
  dieAfter(chunks: number): Behavior;
  /** Streams a chunk, then nothing. */
  stall: Behavior;
} = {
  answer(response, { body, line }) {
    const model = String(body["model"] ?? "");
    if (line.startsWith("GET")) {
      return void response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ object: "list", data: [{ id: "alpha" }, { id: "beta" }] }));
    }
    if (body["stream"] === true) {
      response.setHeader("content-type", "text/event-stream");
      // One byte at a time would be slow; cuts inside characters and names are what matters.
      const bytes = Buffer.from(fakeEvents(model).join(""));
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      return void response.end();
    }
    const message = { role: "assistant", content: `{"model":"x"} é🦙` };
    const answer = line.includes("/embeddings")
      ? {
          object: "list",
          data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
          model,
          usage: { prompt_tokens: 1, total_tokens: 1 },
        }
      : {
          id: "c1",
          object: "chat.completion",
          created: 1,
          choices: [{ index: 0, message, text: "t", finish_reason: "stop", logprobs: null }],
          model,
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        };
    response.setHeader("content-type", "application/json; charset=utf-8").end(JSON.stringify(answer));
  },
  fail:
    (status, body = {}, headers = {}) =>
    (response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    },
  hangUp: (response) => void response.destroy(),
  silence: () => {},
  dieAfter:
    (chunks) =>
    (response, { body }) => {
      response.setHeader("content-type", "text/event-stream");
      for (const event of fakeEvents(String(body["model"])).slice(0, chunks)) response.write(event);
      setTimeout(() => response.destroy(), 20);
    },
  stall: (response, { body }) => {
    response.setHeader("content-type", "text/event-stream");
    response.write(fakeEvents(String(body["model"]))[0]);
  },
};

/** A provider on a free port: `next` says what it does with the next requests; then it answers. */
export interface FakeUpstream {
  url: string;
  seen: SeenRequest[];
  next: Behavior[];
  /** What it does when `next` is empty. */
  usual: Behavior;
}

/** Starts a fake provider for one test. */
export async function fakeUpstream(t: TestContext): Promise<FakeUpstream> {
  const fake: FakeUpstream = { url: "", seen: [], next: [], usual: behaviors.answer };
  const server = createServer((incoming, response) => void answer(fake, incoming, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  fake.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fake;
}

async function answer(
  fake: FakeUpstream,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const seen: SeenRequest = {
    line: `${incoming.method} ${incoming.url}`,
    headers: incoming.headers,
    body: text === "" ? {} : JSON.parse(text),
    isAborted: false,
  };
  response.on("close", () => {
    seen.isAborted = !response.writableFinished;
  });
  const isListing = incoming.method === "GET";
  if (!isListing) fake.seen.push(seen);
  const behavior = isListing ? behaviors.answer : (fake.next.shift() ?? fake.usual);
  behavior(response, seen);
}
