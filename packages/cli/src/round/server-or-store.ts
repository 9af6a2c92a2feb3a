import { request } from "@llamero/core/net/request";
import type { RegisterAdapterRequest, ServedAdapter } from "@llamero/stack/api/adapters";
import type { RoundData } from "@llamero/stack/api/feedback";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { textFlag } from "../flags.ts";
import { chooseServers, runningServers } from "../serve/running-servers.ts";

/** Where ratings are, and what serves the model. */
export interface RoundPlace {
  data(model: string, since: number | null): Promise<RoundData>;
  served(model: string): Promise<ServedAdapter>;
  register(adapter: RegisterAdapterRequest): Promise<ServedAdapter>;
  rollback(model: string): Promise<ServedAdapter>;
  close(): Promise<void>;
}

/** Flags that name a place. */
export const placeFlags: {
  server: Flag<string | null>;
  apiKey: Flag<string | null>;
  store: Flag<string | null>;
} = {
  server: textFlag("--server <url>", "running server (default: the one of this user that runs)"),
  apiKey: textFlag("--api-key <key>", "its key, of scope admin"),
  store: textFlag("--store <where>", "store of a server that does not run: SQLite file or postgres:// URL"),
};

/** A running server by its address. */
export interface ServerAddress {
  url: string;
  key: string | null;
}

/** The server that the flags name, or the only one of this user. */
export async function findServer({
  server,
  apiKey,
}: {
  server: string | null;
  apiKey: string | null;
}): Promise<ServerAddress> {
  if (server !== null) return { url: server.replace(/\/(v1)?\/?$/, ""), key: apiKey };
  const [note] = chooseServers(await runningServers(), null, false);
  if (note === undefined)
    throw new UsageError("No server runs", "Start one with llamero serve, or give --server or --store");
  return { url: note.url, key: apiKey ?? note.controlKey };
}

/** Asks a server; what it refuses is the user's to put right. */
export async function askJson<T>(
  { url, key }: ServerAddress,
  method: "GET" | "POST",
  path: string,
  body?: object,
  purpose = "round",
): Promise<T> {
  const answer = await request(`${url}${path}`, {
    purpose,
    access: "any",
    method,
    headers: {
      ...(key !== null && { Authorization: `Bearer ${key}` }),
      ...(body !== undefined && { "Content-Type": "application/json" }),
    },
    headersTimeoutMs: 600_000,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(
      `${url}${path} does not answer in JSON (status ${answer.status}); is it a Llamero server?`,
    );
  }
  if (answer.ok) return value as T;
  const message = (value as { error?: { message?: string } }).error?.message ?? `status ${answer.status}`;
  throw new UsageError(`${url} refuses ${method} ${path}: ${message}`);
}

/** Opens a running server, or with `store` the store of one that does not run. */
export async function openPlace(values: {
  server: string | null;
  apiKey: string | null;
  store: string | null;
}): Promise<RoundPlace> {
  if (values.store !== null && values.server !== null)
    throw new UsageError("--server and --store exclude each other: a running server has its store open");
  return values.store === null ? openServer(await findServer(values)) : await openStorePlace(values.store);
}

function openServer(address: ServerAddress): RoundPlace {
  const admin = "/v1alpha/admin/adapters";
  return {
    data: (model, since) => {
      const query = new URLSearchParams({ model, ...(since !== null && { since: String(since) }) });
      return askJson(address, "GET", `/v1alpha/round-data?${query}`);
    },
    async served(model) {
      const { data } = await askJson<{ data: ServedAdapter[] }>(address, "GET", admin);
      return (
        data.find((each) => each.model === model) ?? {
          model,
          object: "served_adapter",
          current: null,
          history: [],
        }
      );
    },
    register: (adapter) => askJson(address, "POST", admin, adapter),
    rollback: (model) => askJson(address, "POST", `${admin}/rollback`, { model }),
    close: async () => {},
  };
}

async function openStorePlace(where: string): Promise<RoundPlace> {
  const { openStore } = await import("@llamero/stack/config");
  const { adapterDigest, collectRoundData, keepServed, readServed } = await import("@llamero/stack/round");
  const store = await openStore(where);
  return {
    data: (model, since) =>
      collectRoundData(store, { owner: "local", model, ...(since !== null && { since }) }),
    served: async (model) => (await readServed(store, model)).served,
    async register({ model, name, path, learned_until = null }) {
      const { served, version } = await readServed(store, model);
      const registered_at = Math.floor(Date.now() / 1000);
      const current = { name, path, sha256: await adapterDigest(path), registered_at, learned_until };
      const next = { ...served, current, history: [...served.history, served.current] };
      await keepServed(store, next, version);
      return next;
    },
    async rollback(model) {
      const { served, version } = await readServed(store, model);
      if (served.history.length === 0) throw new UsageError(`${model} has nothing to go back to`);
      const next = { ...served, current: served.history.at(-1)!, history: served.history.slice(0, -1) };
      await keepServed(store, next, version);
      return next;
    },
    close: () => store[Symbol.asyncDispose](),
  };
}
