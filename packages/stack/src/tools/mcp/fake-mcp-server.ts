import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Json } from "../../api/json.ts";

/** A tool of the fake. */
export interface FakeMcpTool {
  name: string;
  description?: string;
  inputSchema?: Json;
  annotations?: Json;
  run?: (args: Record<string, Json>) => string | Promise<string>;
}

export interface FakeMcpOptions {
  tools?: readonly FakeMcpTool[];
  /** Demanded as `Authorization: Bearer`. */
  token?: string;
  /** Answers are streams of events. */
  streams?: boolean;
  /** Speaks only the older transport. */
  sseOnly?: boolean;
  /** Answers before the protocol does; true where it has. */
  intercept?: (method: string, response: ServerResponse, request: IncomingMessage) => boolean;
}

/** An MCP server over HTTP for one test, and what it was asked. */
export interface FakeMcp {
  url: string;
  calls: { name: string; args: Record<string, Json> }[];
  methods: string[];
}

interface Rpc {
  id?: number;
  method: string;
  params?: { name?: string; arguments?: Record<string, Json> };
}

const noArguments: Json = { type: "object", properties: {} };

/** What the protocol answers. */
export async function answerMcp(
  tools: readonly FakeMcpTool[],
  { method, params }: Rpc,
  calls: FakeMcp["calls"],
): Promise<Json> {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "fake", version: "1" },
      };
    case "tools/list":
      return {
        tools: tools.map(
          ({ name, description = `Does ${name}`, inputSchema = noArguments, annotations = {} }) => ({
            name,
            description,
            inputSchema,
            annotations,
          }),
        ),
      };
    case "tools/call": {
      const name = params?.name ?? "";
      const args = params?.arguments ?? {};
      calls.push({ name, args });
      const tool = tools.find((each) => each.name === name);
      if (tool === undefined) return { isError: true, content: [{ type: "text", text: `No tool ${name}` }] };
      try {
        return { content: [{ type: "text", text: await (tool.run?.(args) ?? "done") }] };
      } catch (error) {
        return { isError: true, content: [{ type: "text", text: String(error) }] };
      }
    }
    default:
      return {};
  }
}

/** Starts the fake; it ends with the test. */
export async function fakeMcp(t: Pick<TestContext, "after">, options: FakeMcpOptions = {}): Promise<FakeMcp> {
  const { tools = [], token, streams = false, sseOnly = false, intercept } = options;
  const calls: FakeMcp["calls"] = [];
  const methods: string[] = [];
  let stream: ServerResponse | null = null;
  const server = createServer(async (request, response) => {
    const end = (status: number, text = ""): void => void response.writeHead(status).end(text);
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return end(401, "Who are you?");
    if (request.method === "GET") {
      if (!sseOnly) return end(405);
      stream = response;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("event: endpoint\ndata: /messages?session=1\n\n");
      return;
    }
    if (request.method === "DELETE" || (sseOnly && !request.url?.startsWith("/messages"))) return end(405);
    let body = "";
    for await (const chunk of request) body += chunk;
    const message = JSON.parse(body) as Rpc;
    methods.push(message.method);
    if (intercept?.(message.method, response, request) === true) return;
    if (message.id === undefined) return end(202);
    const result = await answerMcp(tools, message, calls);
    const text = JSON.stringify({ jsonrpc: "2.0", id: message.id, result });
    if (sseOnly) {
      end(202);
      stream?.write(`data: ${text}\n\n`);
    } else if (streams) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n`);
      response.end(`event: message\ndata: ${text}\n\n`);
    } else response.writeHead(200, { "content-type": "application/json" }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, calls, methods };
}
