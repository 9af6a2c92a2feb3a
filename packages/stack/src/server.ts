import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { TextModel } from "@llamero/core";
import { Hono } from "hono";

/** A model and the name that requests call it by. */
export interface ServedModel {
  name: string;
  model: TextModel;
}

export interface ServerOptions {
  models: readonly ServedModel[];
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Demanded of every request; needed on any address but this machine's own. */
  apiKey?: string | null;
  /** Folder of the chat page. */
  webRoot?: string;
  signal?: AbortSignal;
}

export interface RunningServer {
  url: string;
  close(): Promise<void>;
}

/** Serves models over HTTP until closed. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { models, host, port } = options;
  const app = new Hono();
  app.get("/health", (c) => c.json({ status: "ok", models: models.map(({ name }) => name) }));
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, host, done);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
