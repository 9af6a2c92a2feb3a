import type { TestContext } from "node:test";
import OpenAI from "openai";
import { FakeTextModel, type FakeTextModelOptions } from "./fake-text-model.ts";
import type { RunningServer } from "./http/listen.ts";
import { type ServerOptions, startServer } from "./server.ts";

/** A server on a free port over a fake model, with the official client; closed when the test ends. */
export interface Served {
  server: RunningServer;
  model: FakeTextModel;
  client: OpenAI;
  /** Errors that were no fault of a request. */
  errors: unknown[];
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Starts a server for one test. */
export async function serveFake(
  t: TestContext,
  options: FakeTextModelOptions = {},
  serverOptions: Partial<ServerOptions> = {},
): Promise<Served> {
  const model = new FakeTextModel(options);
  const errors: unknown[] = [];
  const server = await startServer({
    models: [{ name: "fake", model }],
    host: "127.0.0.1",
    port: 0,
    checksAnswers: true,
    onError: (error) => errors.push(error),
    ...serverOptions,
  });
  t.after(() => server.close({ graceMs: 0 }));
  const apiKey = serverOptions.apiKey ?? "none";
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });
  const post: Served["post"] = (body, headers = {}) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${apiKey}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return { server, model, client, errors, post };
}
