import type { ResponseEvent } from "../api/responses-events.ts";
import type { AgentResult } from "./agent.ts";

interface Named {
  /** Of the sub-agent that it comes from. */
  agent?: string | undefined;
}

/** What an agent tells while it works. */
export type AgentEvent = Named &
  (
    | { type: "text"; text: string }
    /** A server's tools are known; `tokens`: about what they take in every prompt. */
    | { type: "tools"; server: string; tools: readonly string[]; tokens: number; error: string | null }
    | { type: "call"; id: string; name: string; arguments: string }
    | { type: "result"; id: string; name: string; text: string; failed: boolean; ms: number }
    | { type: "approval"; id: string; name: string; arguments: string; approved: boolean }
    | ({ type: "done"; ms: number } & AgentResult)
  );

interface Begun {
  name: string;
  at: number;
}

/** Events of one response -> events of an agent. */
export function toAgentEvents(): (event: ResponseEvent) => AgentEvent[] {
  const begun = new Map<string, Begun>();
  const begin = (id: string, name: string, text: string): AgentEvent[] => {
    begun.set(id, { name, at: performance.now() });
    return [{ type: "call", id, name, arguments: text }];
  };
  const end = (id: string, text: string, failed: boolean): AgentEvent[] => {
    const { name, at } = begun.get(id) ?? { name: "", at: performance.now() };
    return [{ type: "result", id, name, text, failed, ms: performance.now() - at }];
  };
  return (event) => {
    if (event.type === "response.output_text.delta") return [{ type: "text", text: event.delta }];
    const isAdded = event.type === "response.output_item.added";
    if (!isAdded && event.type !== "response.output_item.done") return [];
    const { item } = event;
    switch (item.type) {
      case "mcp_call":
        return isAdded
          ? begin(item.id, item.name, item.arguments)
          : end(item.id, item.error ?? item.output ?? "", item.error != null);
      case "mcp_list_tools": {
        const { server_label: server, tools, schema_tokens: tokens = 0, error = null } = item;
        return isAdded
          ? []
          : [{ type: "tools", server, tools: tools.map(({ name }) => name), tokens, error }];
      }
      default:
        return [];
    }
  };
}
