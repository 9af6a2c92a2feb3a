import { isOffline, RefusedRequestError } from "@llamero/core/net/policy";

/** A `postgres://` URL taken apart. */
export interface PostgresAddress {
  /** A name, an address, or the folder of a Unix socket. */
  host: string;
  port: number;
  database: string;
  username: string | undefined;
  password: string | undefined;
  sslMode: SslMode;
  /** Without user and password. */
  printable: string;
}

const sslModes = ["disable", "prefer", "require", "verify-full"] as const;

/** How the connection is encrypted; `verify-full` also checks the certificate. */
export type SslMode = (typeof sslModes)[number];

/** Reads `postgres://user:password@host:port/database?sslmode=verify-full`. */
export function parsePostgresUrl(text: string): PostgresAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new SyntaxError(
      "The store's URL cannot be read; it looks like postgres://user:password@host:5432/database",
    );
  }
  const database = decodeURIComponent(url.pathname.slice(1));
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname.replace(/^\[|\]$/g, ""));
  const printable = `postgres ${host}${url.port === "" ? "" : `:${url.port}`}/${database}`;
  if (host === "" || database === "") {
    throw new SyntaxError(
      `The URL of the store (${printable}) names no ${host === "" ? "host" : "database"}`,
    );
  }
  if (host.includes(","))
    throw new SyntaxError(`The URL of the store (${printable}) names several hosts; name one`);
  for (const name of url.searchParams.keys()) {
    if (name === "host" || name === "sslmode") continue;
    throw new SyntaxError(
      `The URL of the store (${printable}) has the unknown parameter ${name}; known: host, sslmode`,
    );
  }
  const mode = url.searchParams.get("sslmode") ?? (isLoopback(host) ? "disable" : "prefer");
  const sslMode = sslModes.find((known) => known === mode);
  if (sslMode === undefined) {
    throw new SyntaxError(
      `The URL of the store (${printable}) has sslmode=${mode}; known: ${sslModes.join(", ")}`,
    );
  }
  return {
    host,
    port: url.port === "" ? 5432 : Number(url.port),
    database,
    username: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
    sslMode,
    printable,
  };
}

/** Whether the host is this machine: a loopback address, localhost, or a Unix socket. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\/.*)$/.test(host);
}

/** Throws where the rules of this process forbid a connection to the host. */
export function checkConnection({ host, printable }: PostgresAddress): void {
  if (!isOffline() || isLoopback(host)) return;
  throw new RefusedRequestError(
    `Offline: refused to connect to the store ${printable} (name a store on this machine, or unset LLAMERO_OFFLINE or drop --offline)`,
  );
}
