import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import type { McpServerSettings } from "../tool-settings.ts";
import { McpServers } from "./mcp-servers.ts";
import { mcpTools } from "./mcp-tools.ts";

/** A folder whose node_modules has @modelcontextprotocol/sdk. */
const folder = process.env["LLAMERO_MCP_SDK"];
const needs = "needs LLAMERO_MCP_SDK: a folder with @modelcontextprotocol/sdk installed";
const { signal } = new AbortController();

const common = `
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";
export const make = () => {
  const server = new McpServer({ name: "official", version: "1.0.0" }, { capabilities: { logging: {} } });
  server.registerTool("add", {
    description: "Adds", inputSchema: { a: z.number(), b: z.number() }, annotations: { readOnlyHint: true },
  }, async ({ a, b }) => ({ content: [{ type: "text", text: String(a + b) }] }));
  server.registerTool("picture", { description: "Draws" }, async () => ({
    content: [{ type: "text", text: "a cat" }, { type: "image", data: "AAAA", mimeType: "image/png" }],
  }));
  server.registerTool("fail", { description: "Fails" }, async () => { throw new Error("out of paint"); });
  server.registerTool("chatty", { description: "Tells of its progress" }, async (extra) => {
    for (let i = 0; i < 3; i++)
      await extra.sendNotification({ method: "notifications/message", params: { level: "info", data: "step " + i } });
    return { content: [{ type: "text", text: "done" }] };
  });
  return server;
};
`;

const stdio = `${common}
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
await make().connect(new StdioServerTransport());
`;

/** Sessions with ids, demanded on every request but the first; the older transport beside it. */
const http = `${common}
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
const sessions = new Map();
const old = new Map();
const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/sse" && request.method === "GET") {
    const transport = new SSEServerTransport("/messages", response);
    old.set(transport.sessionId, transport);
    return await make().connect(transport);
  }
  if (url.pathname === "/messages") return await old.get(url.searchParams.get("sessionId")).handlePostMessage(request, response);
  if (url.pathname !== "/json" && url.pathname !== "/mcp") return response.writeHead(405).end();
  let transport = sessions.get(request.headers["mcp-session-id"]);
  if (transport === undefined) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: url.pathname === "/json",
      onsessioninitialized: (id) => sessions.set(id, transport),
      onsessionclosed: () => console.log("closed"),
    });
    await make().connect(transport);
  }
  await transport.handleRequest(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

const words = (script: string): string[] => ["--input-type=module", "-e", script];

/** Calls all tools of a server of the official SDK. */
async function exercise(settings: McpServerSettings): Promise<void> {
  const servers = new McpServers([settings]);
  try {
    const { client, list } = servers.configured(settings);
    const infos = await list(signal);
    assert.deepEqual(
      infos.map(({ name }) => name),
      ["add", "picture", "fail", "chatty"],
    );
    const tools = mcpTools(client, infos, { label: settings.label });
    assert.deepEqual(
      tools.map(({ needsApproval }) => needsApproval),
      [false, true, true, true],
    );
    const [add] = tools;
    assert.deepEqual(Object.keys(add!.parameters["properties"] as object), ["a", "b"]);
    const call = (name: string, args = {}) => client.callTool(name, args, signal);
    assert.deepEqual(await call("add", { a: 2, b: 3 }), { text: "5", isError: false });
    assert.match((await call("picture")).text, /^a cat\n\[image image\/png, which the model cannot read\]$/);
    const failed = await call("fail");
    assert.ok(failed.isError && failed.text.includes("out of paint"));
    assert.deepEqual(await call("chatty"), { text: "done", isError: false });
    const wrong = await call("add", { a: "x" }).catch((error: Error) => ({
      isError: true,
      text: error.message,
    }));
    assert.ok(wrong.isError);
    const both = await Promise.all([call("add", { a: 1, b: 1 }), call("add", { a: 2, b: 2 })]);
    assert.deepEqual(
      both.map(({ text }) => text),
      ["2", "4"],
    );
  } finally {
    await servers.close();
  }
}

async function start(t: TestContext): Promise<{ url: string; said: () => string }> {
  const child = spawn(process.execPath, words(http), { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  while (!said.includes("\n")) await once(child.stdout, "data");
  return { url: `http://127.0.0.1:${said.trim()}`, said: () => said };
}

test("a server of the official SDK works over standard input and output", async (t) => {
  if (folder === undefined) return t.skip(needs);
  await exercise({ label: "official", command: process.execPath, args: words(stdio), cwd: folder });
});

test("a server of the official SDK works over HTTP with sessions, by streams, by JSON and by the older transport", async (t) => {
  if (folder === undefined) return t.skip(needs);
  const { url, said } = await start(t);
  for (const path of ["/mcp", "/json", "/sse"]) await exercise({ label: "official", url: `${url}${path}` });
  assert.equal(said().match(/closed/g)?.length, 2);
});
