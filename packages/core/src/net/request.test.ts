import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { RefusedRequestError } from "./policy.ts";
import { isPrivateAddress, publicLookup } from "./public-fetch.ts";
import { request } from "./request.ts";

let base: string;
let other: string;
const servers: Server[] = [];
const seen: { url: string; authorization: string | undefined; method: string }[] = [];

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

before(async () => {
  const listener: RequestListener = (incoming, response) => {
    const url = incoming.url ?? "";
    seen.push({ url, authorization: incoming.headers.authorization, method: incoming.method ?? "" });
    const routes: Record<string, () => void> = {
      "/ok": () => response.end("ok"),
      "/here": () => response.writeHead(302, { location: "/ok" }).end(),
      "/away": () => response.writeHead(307, { location: `${other}/ok` }).end(),
      "/loop": () => response.writeHead(302, { location: "/loop" }).end(),
      "/file": () => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
      "/post": () => response.writeHead(303, { location: "/ok" }).end(),
      "/hang": () => undefined,
    };
    routes[url]?.();
  };
  base = await serve(listener);
  other = await serve(listener);
});

after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const options = { purpose: "test", access: "any", headers: { Authorization: "Bearer x" } } as const;

test("request keeps Authorization on one host and drops it on the way to another", async () => {
  seen.length = 0;
  assert.equal(await (await request(`${base}/here`, options)).text(), "ok");
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    ["Bearer x", "Bearer x"],
  );
  seen.length = 0;
  await (await request(`${base}/away`, options)).text();
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    ["Bearer x", undefined],
  );
});

test("request turns 303 into GET", async () => {
  seen.length = 0;
  await request(`${base}/post`, { ...options, method: "POST", body: "x" });
  assert.deepEqual(
    seen.map(({ method }) => method),
    ["POST", "GET"],
  );
});

test("request refuses loops, other protocols and credentials in URLs", async () => {
  await assert.rejects(request(`${base}/loop`, options), /redirects more than 5 times/);
  await assert.rejects(request(`${base}/file`, options), /Only http and https/);
  await assert.rejects(request("ftp://example.org/", options), /Only http and https/);
  await assert.rejects(request("http://user:pw@example.org/", options), /carries a user name or password/);
  await assert.rejects(request("nonsense", options), SyntaxError);
});

test("request times out on a silent server and stops on abort", async () => {
  await assert.rejects(
    request(`${base}/hang`, { ...options, headersTimeoutMs: 50 }),
    /No answer from .* within 0.05 s/,
  );
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(request(`${base}/hang`, { ...options, signal: controller.signal }), {
    name: "AbortError",
  });
  await assert.rejects(request(`${base}/ok`, { ...options, signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
});

test("request refuses the ports that fetch blocks, for good", async () => {
  const failure = await request("http://127.0.0.1:6000/", options).catch((error: unknown) => error);
  assert.ok(failure instanceof RefusedRequestError);
  assert.match(failure.message, /^http:\/\/127.0.0.1:6000\/ has a port that is blocked for HTTP/);
});

test("request says why a connection failed", async () => {
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  await assert.rejects(
    request(`http://127.0.0.1:${port}/`, options),
    /Request to http:\/\/127.0.0.1:\d+\/ failed: .*ECONNREFUSED/,
  );
});

test("request with public access refuses private addresses, by literal, by name and after a redirect", async () => {
  const publicOnly = { ...options, access: "public" } as const;
  seen.length = 0;
  for (const url of [
    `${base}/ok`,
    "http://[::1]/",
    "http://169.254.169.254/latest",
    "http://2130706433/",
    "http://localhost/",
  ]) {
    await assert.rejects(request(url, publicOnly), { name: "RefusedRequestError" }, url);
  }
  assert.equal(seen.length, 0);
  const redirected = { ...options, access: "public-after-redirect" } as const;
  assert.equal((await request(`${base}/here`, redirected)).status, 200);
  await assert.rejects(request(`${base}/away`, redirected), /127\.0\.0\.1 is not a public address/);
});

test("publicLookup refuses a name when any of its addresses is private", () => {
  const answers = [
    { address: "93.184.216.34", family: 4 },
    { address: "10.0.0.1", family: 4 },
  ];
  type Callback = (error: Error | null, found: unknown) => void;
  const fake = ((_: string, __: object, callback: Callback) => callback(null, answers)) as never;
  let failure: Error | null = null;
  publicLookup(new URL("http://x/"), fake)("x", { all: true }, (error) => {
    failure = error;
  });
  assert.match(String(failure), /10\.0\.0\.1 is not a public address/);
});

test("publicLookup judges each answer of a name that changes its address: it is the one connected to", () => {
  const answers = ["93.184.216.34", "127.0.0.1"];
  type Callback = (error: Error | null, found: unknown) => void;
  const rebinding = ((_: string, __: object, callback: Callback) =>
    callback(null, [{ address: answers.shift()!, family: 4 }])) as never;
  const lookup = publicLookup(new URL("http://x/"), rebinding);
  const results: string[] = [];
  for (let i = 0; i < 2; i++)
    lookup("x", { all: true }, (error, found) => {
      results.push(error === null ? JSON.stringify(found) : error.message);
    });
  assert.match(results[0]!, /93\.184\.216\.34/);
  assert.match(results[1]!, /127\.0\.0\.1 is not a public address/);
});

test("isPrivateAddress knows the special ranges", () => {
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
  ]) {
    assert.ok(isPrivateAddress(address), address);
  }
  for (const address of [
    "::",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "x",
  ]) {
    assert.ok(isPrivateAddress(address), address);
  }
  for (const address of ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]) {
    assert.ok(!isPrivateAddress(address), address);
  }
});
