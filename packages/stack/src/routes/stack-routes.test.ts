import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { serveFake } from "../fake-server.ts";
import { fakeMcp } from "../tools/mcp/fake-mcp-server.ts";
import { allRoutes } from "./all-routes.ts";

/** The routes of Llama Stack 0.7.1: method and path, parameters as they are named there. */
const list = new URL("../../../../../shared/conformance/openapi/routes-v0.7.1.txt", import.meta.url);

function stackRoutes(): { path: string; method: string }[] | null {
  const folder = process.env["LLAMERO_SHARED"];
  try {
    const text = readFileSync(
      folder === undefined ? list : `${folder}/conformance/openapi/routes-v0.7.1.txt`,
      "utf8",
    );
    return text
      .split("\n")
      .filter((line) => line.includes("|"))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .map(([, path, method]) => ({ path: path!, method: method! }));
  } catch {
    return null;
  }
}

test("every route of Llama Stack is there and does what it says", async (t) => {
  const routes = stackRoutes();
  if (routes === null) return t.skip("needs ../shared: conformance/openapi/routes-v0.7.1.txt");
  assert.ok(routes.length > 90);
  const { server, errors } = await serveFake(t);
  const bad: string[] = [];
  await Promise.all(
    routes.map(async ({ path, method }) => {
      const url = server.url + path.replace(/\{\w+\}/g, "none");
      const sent = method === "POST" || method === "PUT" ? { body: "{}" } : {};
      const answer = await fetch(url, { method, ...sent });
      const text = await answer.text();
      const isRoute = !text.includes("unknown_url");
      if (!isRoute || answer.status >= 500)
        bad.push(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
    }),
  );
  assert.deepEqual(bad, []);
  assert.deepEqual(errors, []);
  const mine = new Set(allRoutes.map(({ method, path }) => `${method} ${path.replace(/\{[^}]*\}/g, "{}")}`));
  const missing = routes.filter(
    ({ method, path }) => !mine.has(`${method} ${path.replace(/\{[^}]*\}/g, "{}")}`),
  );
  assert.deepEqual(missing, []);
});

test("POST /v1alpha/file-processors/process reads a file or an uploaded one, and cuts it as asked", async (t) => {
  const { server, client, errors } = await serveFake(t);
  const process = async (
    fields: Record<string, string | File>,
  ): Promise<{ status: number; body: unknown }> => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const answer = await fetch(`${server.url}/v1alpha/file-processors/process`, {
      method: "POST",
      body: form,
    });
    return { status: answer.status, body: await answer.json() };
  };
  const text = `# Title\n\n${"word ".repeat(300)}\n`;
  const file = new File([text], "a.md");
  const whole = await process({ file });
  type Answer = {
    chunks: { content: string; metadata: object; chunk_metadata: { source: string } }[];
    metadata: { title: string };
  };
  const { chunks, metadata } = whole.body as Answer;
  assert.ok("processing_time_ms" in metadata && "document_id" in chunks[0]!.metadata);
  assert.equal(
    chunks
      .map(({ content }) => content)
      .join("")
      .trim(),
    text.trim(),
  );
  assert.deepEqual([chunks.length, chunks[0]!.chunk_metadata.source, metadata.title], [1, "a.md", "Title"]);
  const { id } = await client.files.create({ file, purpose: "assistants" });
  const chunking_strategy = JSON.stringify({ type: "static", static: { max_chunk_size_tokens: 100 } });
  const cut = await process({ file_id: id, chunking_strategy });
  assert.ok((cut.body as Answer).chunks.length > 3);
  for (const fields of [
    {},
    { file, file_id: id },
    { file_id: "file-none" },
    { file, chunking_strategy: "{" },
    { file, options: "{}" },
    { file: new File([new Uint8Array([0, 255, 1])], "b.bin") },
  ]) {
    const { status } = await process(fields);
    assert.ok(status === 400 || status === 404, JSON.stringify(Object.keys(fields)));
  }
  assert.deepEqual(errors, []);
});

test("connectors are the MCP servers of the configuration, without what their address may hide", async (t) => {
  const mcp = await fakeMcp(t, { tools: [{ name: "lookup", description: "Looks up" }] });
  const servers = [
    { label: "far", url: `${mcp.url}?key=secret` },
    { label: "here", command: "true" },
  ];
  const { server } = await serveFake(t, {}, { tools: { mcp_servers: servers } });
  const get = async (path: string): Promise<{ status: number; body: { data: { name: string }[] } }> => {
    const answer = await fetch(`${server.url}/v1beta/connectors${path}`);
    return { status: answer.status, body: (await answer.json()) as { data: { name: string }[] } };
  };
  const far = { connector_type: "mcp", connector_id: "far", url: mcp.url, server_label: "far" };
  assert.deepEqual((await get("")).body, { data: [far] });
  assert.deepEqual((await get("/far")).body, far);
  const { status, body } = await get("/far/tools");
  assert.equal(status, 200, JSON.stringify(body));
  const [tool] = body.data;
  assert.deepEqual((await get(`/far/tools/${tool!.name}`)).body, tool);
  for (const path of ["/here", "/none/tools", "/far/tools/none"])
    assert.equal((await get(path)).status, 404, path);
});
