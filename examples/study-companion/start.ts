import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { StudyApp } from "./app.ts";
import type { Companion } from "./companion.ts";
import { GraphApi } from "./graph-api.ts";
import { Simulator } from "./simulator.ts";

/** What an app registered with Meta knows: https://developers.facebook.com/apps */
export interface Secrets {
  appSecret: string;
  verifyToken: string;
  accessToken: string;
}

export interface StartOptions {
  companion: Companion;
  port: number;
  /** Without them the app plays Meta itself. */
  secrets: Secrets | null;
  /** Where the Graph API is; the simulator has its own. */
  graph: string;
  onError: (error: unknown) => void;
}

export interface RunningApp extends AsyncDisposable {
  origin: string;
  app: StudyApp;
  secrets: Secrets;
  simulator: Simulator | null;
}

/** Starts the app on this machine, with Meta or with the simulator. */
export async function startApp({
  companion,
  port,
  graph,
  onError,
  ...given
}: StartOptions): Promise<RunningApp> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const draw = (): string => randomBytes(24).toString("hex");
  const secrets = given.secrets ?? { appSecret: draw(), verifyToken: draw(), accessToken: draw() };
  const simulator = given.secrets === null ? new Simulator({ origin, ...secrets }) : null;
  const baseUrl = simulator === null ? graph : `${origin}/graph`;
  const app = new StudyApp({
    companion,
    graph: new GraphApi({ baseUrl, accessToken: secrets.accessToken }),
    ...secrets,
    onError,
    otherRoutes: simulator?.routes,
  });
  server.on("request", app.handle);
  return {
    origin,
    app,
    secrets,
    simulator,
    async [Symbol.asyncDispose]() {
      app.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
