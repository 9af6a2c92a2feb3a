/** What was asked of an MCP server. */
export type McpStep = "connect" | "list tools" | "call";

interface McpErrorFields {
  step: McpStep;
  /** HTTP status of the answer, where there was one. */
  status?: number | null | undefined;
  /** Nothing was done yet: trying again is safe and may help. */
  canRetry?: boolean | undefined;
  cause?: unknown;
}

const hints: Readonly<Record<number, string>> = {
  401: "give a token in authorization, or a header that the server takes",
  403: "the token is known but may not do this",
  404: "check the path of server_url, which often ends in /mcp or /sse",
  405: "check the path of server_url, which often ends in /mcp or /sse",
  429: "the server takes no more calls now; try later",
};

/** An MCP server that fails: says which, at what, and what to do. */
export class McpError extends Error {
  override name = "McpError";
  readonly server: string;
  readonly step: McpStep;
  readonly status: number | null;
  readonly canRetry: boolean;

  constructor(server: string, reason: string, { step, status = null, canRetry, cause }: McpErrorFields) {
    const hint =
      status === null ? undefined : (hints[status] ?? (status >= 500 ? "its own log says why" : undefined));
    const http = status === null ? "" : `HTTP ${status}${reason === "" ? "" : ", "}`;
    super(`MCP server ${server}: ${step}: ${http}${reason}${hint === undefined ? "" : `; ${hint}`}`, {
      cause,
    });
    this.server = server;
    this.step = step;
    this.status = status;
    this.canRetry = canRetry ?? (status === 429 || status === 503);
  }
}
