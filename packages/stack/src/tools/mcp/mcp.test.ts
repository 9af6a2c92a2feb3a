import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Json } from "../../api/json.ts";
import { fakeMcp } from "./fake-mcp-server.ts";
import { HttpTransport } from "./http-transport.ts";
import { McpClient } from "./mcp-client.ts";
import { type McpLimits, mcpLimits } from "./mcp-limits.ts";
import { McpServers } from "./mcp-servers.ts";
import { mcpTools } from "./mcp-tools.ts";

const { signal } = new AbortController();

/** A client with limits of its own. */
function connect(url: string, limits: Partial<McpLimits> = {}, label = "evil"): McpClient {
  const all = { ...mcpLimits, ...limits };
  const create = (): HttpTransport =>
    new HttpTransport({ label, url: new URL(url), access: "any", headers: {}, limits: all });
  return new McpClient({ label, limits: all, transports: [create] });
}

/** Says the names of its environment; ends itself where it is told to. */
const stdioServer = `
process.stderr.write("ready\\n");
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, params } = JSON.parse(line);
  if (params?.name === "die") process.exit(3);
  const content = [{ type: "text", text: Object.keys(process.env).join(" ") }];
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: { content } }));
});
`;

const tool = (name: string, inputSchema: Json = { type: "object" }): { name: string; inputSchema: Json } => ({
  name,
  inputSchema,
});

test("McpServers says that the older transport asks who it is, not that it does not speak the newer one", async (t) => {
  const server = createServer(({ method }, response) => {
    response.writeHead(method === "POST" ? 405 : 401).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { list } = new McpServers([], [host]).requested(
    { label: "old", url: `http://${host}/sse`, headers: {}, authorization: null },
    "local",
  );
  await assert.rejects(list(signal), /MCP server old: connect: HTTP 401/);
});

test("McpServers falls back to the older transport", async (t) => {
  const mcp = await fakeMcp(t, { sseOnly: true, tools: [{ name: "hi", run: () => "hello" }] });
  const servers = new McpServers([], [new URL(mcp.url).host]);
  const { client, list } = servers.requested(
    { label: "old", url: mcp.url, headers: {}, authorization: null },
    "local",
  );
  assert.deepEqual(
    (await list(signal)).map(({ name }) => name),
    ["hi"],
  );
  assert.deepEqual(await client.callTool("hi", {}, signal), { text: "hello", isError: false });
  await servers.close();
});

test("McpServers runs commands of the configuration, without the secrets of its own environment", async () => {
  process.env["LLAMERO_TEST_SECRET"] = "x";
  const settings = {
    label: "local",
    command: process.execPath,
    args: ["-e", stdioServer],
    env: { MINE: "1" },
  };
  const servers = new McpServers([settings]);
  const { client } = servers.configured(settings);
  const { text } = await client.callTool("env", {}, signal);
  assert.match(text, /MINE/);
  assert.doesNotMatch(text, /LLAMERO_TEST_SECRET/);
  await assert.rejects(
    client.callTool("die", {}, signal),
    /MCP server local: connect: the process has ended \(exit code 3\): ready/,
  );
  // The next call starts it again.
  assert.match((await client.callTool("env", {}, signal)).text, /MINE/);
  await servers.close();
  const none = new McpServers().configured({ label: "none", command: "/no/such/command" });
  await assert.rejects(none.list(signal), /MCP server none: connect: \/no\/such\/command cannot be started/);
});

test("errors of servers say which, at what step, with the status and what to do", async (t) => {
  const { url } = await fakeMcp(t, { token: "right" });
  await assert.rejects(connect(url).listTools(signal), {
    message:
      "MCP server evil: connect: HTTP 401, Who are you?; give a token in authorization, or a header that the server takes",
  });
  const broken = await fakeMcp(t, {
    intercept: (method, response) => method === "tools/list" && !!response.writeHead(500).end("boom"),
  });
  await assert.rejects(
    connect(broken.url).listTools(signal),
    /evil: list tools: HTTP 500, boom; its own log says why/,
  );
  await assert.rejects(
    connect("http://127.0.0.1:9/mcp").listTools(signal),
    /evil: connect: .*127\.0\.0\.1:9/,
  );
});

test("servers without end are cut: streams, messages, lists, silence", async (t) => {
  const flood = await fakeMcp(t, {
    intercept: (method, response) => {
      if (method !== "tools/list") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const write = (): void => {
        while (
          !response.destroyed &&
          response.write(`data: {"jsonrpc":"2.0","method":"x","params":"${"a".repeat(1000)}"}\n\n`)
        );
      };
      response.on("drain", write);
      write();
      return true;
    },
  });
  await assert.rejects(
    connect(flood.url, { answerBytes: 100_000 }).listTools(signal),
    /list tools: its stream is longer than 100000 bytes/,
  );
  await assert.rejects(
    connect(flood.url, { messages: 50 }).listTools(signal),
    /sent 50 messages that do not answer/,
  );
  const silent = await fakeMcp(t, { intercept: (method) => method === "tools/list" });
  await assert.rejects(
    connect(silent.url, { listMs: 50 }).listTools(signal),
    /list tools: no answer within 0.05 s/,
  );
  let page = 0;
  const paged = await fakeMcp(t, {
    intercept: (method, response) => {
      if (method !== "tools/list") return false;
      const result = { tools: [tool(`t${page}`)], nextCursor: `${++page}` };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: page + 1, result }));
      return true;
    },
  });
  await assert.rejects(connect(paged.url).listTools(signal), /list tools: its list has no end/);
});

test("5,000 tools, huge and endless schemas are refused before a model sees them", async (t) => {
  const many = await fakeMcp(t, { tools: Array.from({ length: 5000 }, (_, i) => tool(`t${i}`)) });
  await assert.rejects(connect(many.url).listTools(signal), /lists more than 2000 tools/);
  const some = await fakeMcp(t, { tools: Array.from({ length: 200 }, (_, i) => tool(`t${i}`)) });
  const client = connect(some.url);
  const infos = await client.listTools(signal);
  assert.throws(
    () => mcpTools(client, infos, { label: "evil" }),
    /has 200 tools, more than 128; choose some in allowed_tools/,
  );
  assert.equal(
    mcpTools(client, infos, { label: "evil", named: ["t7"], allowed: ({ name }) => name === "t7" }).length,
    1,
  );
  assert.throws(
    () => mcpTools(client, infos, { label: "evil", named: ["t7", "x"] }),
    /allowed_tools names x, which it does not have/,
  );
  const bomb = await fakeMcp(t, {
    tools: [tool("big", { type: "object", description: "x".repeat(10_000_000) })],
  });
  await assert.rejects(
    connect(bomb.url).listTools(signal),
    /list tools: its answer is longer than 4194304 bytes/,
  );
  const refuse = (name: string, inputSchema: Json): void => {
    const info = { name, description: "", inputSchema: inputSchema as Record<string, Json>, annotations: {} };
    mcpTools(client, [info], { label: "evil" });
  };
  assert.throws(
    () => refuse("big", { type: "object", description: "x".repeat(70_000) }),
    /schema of big has 70\d+ bytes/,
  );
  let deep: Json = {};
  for (let i = 0; i < 50; i++) deep = { properties: { a: deep } };
  assert.throws(() => refuse("deep", deep), /nested deeper than 32/);
  assert.throws(() => refuse("a b\n", {}), /a tool is called a b/);
  // What refers to itself is read, not followed.
  refuse("loop", { $ref: "#" });
});

test("addresses of requests must be public, after redirects and in every form; headers cannot be smuggled", async (t) => {
  const servers = new McpServers();
  const ask = (url: string, headers: Record<string, string> = {}): Promise<unknown> =>
    (async () =>
      await servers.requested({ label: "x", url, headers, authorization: null }, "local").list(signal))();
  for (const url of [
    "http://127.0.0.1:8321/mcp",
    "http://localhost/mcp",
    "http://[::1]/mcp",
    "http://2130706433/mcp",
    "http://0x7f.1/mcp",
    "http://0177.0.0.1/mcp",
    "http://017700000001/mcp",
    "http://127.1/mcp",
    "http://0/mcp",
    "http://\uff11\uff12\uff17.0.0.1/mcp",
    "http://127\u30020.0.1/mcp",
    "http://[::]/mcp",
    "http://[::ffff:7f00:1]/mcp",
    "http://[64:ff9b::a00:1]/mcp",
    "http://[fd00::1]/mcp",
    "http://100.64.0.1/mcp",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:10.0.0.1]/mcp",
  ]) {
    await assert.rejects(
      ask(url),
      /MCP server x: connect: Refused to request .* is not a public address/,
      url,
    );
  }
  await assert.rejects(ask("file:///etc/passwd"), /begins with http/);
  await assert.rejects(ask("http://user:pw@example.org/"), /carries a user name/);
  await assert.rejects(ask("http://example.org/", { Host: "x" }), /the header Host cannot be set/);
  await assert.rejects(ask("http://example.org/", { "X-A": "1\r\nHost: b" }), /line break/);
  // An allowed host that sends elsewhere does not get there.
  const target = createServer((_, response) => response.end("secret"));
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  t.after(() => target.close());
  const away = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
  const mcp = await fakeMcp(t, {
    intercept: (_, response) => !!response.writeHead(307, { location: away }).end(),
  });
  const allowed = new McpServers([], [new URL(mcp.url).host]);
  const server = allowed.requested(
    { label: "moved", url: mcp.url, headers: {}, authorization: null },
    "local",
  );
  await assert.rejects(
    server.list(signal),
    /MCP server moved: connect: Refused to request .* is not a public address/,
  );
  // Each owner and each token has connections of its own.
  const one = allowed.requested({ label: "a", url: mcp.url, headers: {}, authorization: "1" }, "ana");
  assert.notEqual(
    one,
    allowed.requested({ label: "a", url: mcp.url, headers: {}, authorization: "1" }, "ben"),
  );
  assert.notEqual(
    one,
    allowed.requested({ label: "a", url: mcp.url, headers: {}, authorization: "2" }, "ana"),
  );
  assert.equal(one, allowed.requested({ label: "a", url: mcp.url, headers: {}, authorization: "1" }, "ana"));
});
