import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeHome } from "./fake-home.ts";

const home = createFakeHome();

/** An MCP server over standard input and output. */
const server = `
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  const tools = [{ name: "hum", description: "Hums", inputSchema: { type: "object" } }];
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : {} }));
});
`;

test("agent tools lists our own tools, and those of an MCP server that is a command", async () => {
  const own = JSON.parse((await home.llamero(["agent", "tools", "--json"])).stdout) as {
    name: string;
    tokens: number;
  }[];
  assert.deepEqual(
    own.map(({ name }) => name),
    ["calculator", "code_interpreter"],
  );
  assert.ok(own.every(({ tokens }) => tokens > 20));
  const command = `${process.execPath} -e "${server.replaceAll("\n", " ").replaceAll('"', "'")}"`;
  const { stdout, code } = await home.llamero(["agent", "tools", "--mcp", command]);
  assert.equal(code, 0);
  assert.match(stdout, /^command-1\.hum +\d+ {2}asks {2}Hums\n$/);
});

test("agent refuses what it cannot do, and says so", async () => {
  const both = await home.llamero(["agent", "--yes", "--ask", "task"]);
  assert.match(both.stderr, /--yes and --ask exclude each other/);
  const tool = await home.llamero(["agent", "--tool", "hammer", "task"]);
  assert.match(tool.stderr, /There is no tool hammer[\s\S]*calculator and code/);
  const gone = await home.llamero(["agent", "tools", "--mcp", "http://127.0.0.1:9/mcp"]);
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /MCP server 127-0-0-1: connect: /);
});
