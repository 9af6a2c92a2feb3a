import type { Json } from "../../api/json.ts";
import type { RpcMessage, RpcRequest } from "./json-rpc.ts";
import type { McpStep } from "./mcp-error.ts";

/** One exchange with a server. */
export interface Exchange {
  step: McpStep;
  signal: AbortSignal;
}

/** How messages reach an MCP server. Throws McpError. */
export interface McpTransport {
  /** Sends a request and gives its answer. */
  send(request: RpcRequest, exchange: Exchange): Promise<RpcMessage>;
  /** Sends what is not answered. */
  notify(message: Json, exchange: Exchange): Promise<void>;
  /** Version that both sides have agreed on. */
  setVersion(version: string): void;
  close(): Promise<void>;
}
