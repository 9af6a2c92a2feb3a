import type { ToolCall } from "@llamero/core";
import type { FileSearchHit, HostedCallItem } from "../api/hosted-items.ts";
import type { HostedStage } from "../api/responses-events.ts";
import type { Includable } from "../api/responses-request.ts";
import type { ToolResult } from "../tools/tool.ts";
import type { CallFormName } from "./tool-runner.ts";

/** What an item is made of. */
export interface BegunCall {
  id: string;
  call: ToolCall;
  /** Label of the server that has the tool. */
  group: string;
  /** Name of the tool there. */
  toolName: string;
  approvalId: string | null;
}

/** How the calls of one kind of tools show. */
export interface CallForm {
  idPrefix: string;
  begin(call: BegunCall): HostedCallItem;
  end(item: HostedCallItem, result: ToolResult, include: readonly Includable[]): HostedCallItem;
  /** Stages before the call runs, and after it. */
  before: readonly HostedStage[];
  after: HostedStage;
  failed: HostedStage | null;
}

const query = ({ call }: BegunCall): string => String(call.arguments["query"] ?? "");

/** One row for each kind; calls of functions have items of their own. */
export const callForms: Readonly<Record<Exclude<CallFormName, "function">, CallForm>> = {
  mcp: {
    idPrefix: "mcp_",
    begin: ({ id, call, group, toolName, approvalId }) => ({
      type: "mcp_call",
      id,
      server_label: group,
      name: toolName,
      arguments: JSON.stringify(call.arguments),
      output: null,
      error: null,
      approval_request_id: approvalId,
      status: "in_progress",
    }),
    end: (item, { text, failed }) => ({
      ...item,
      ...(failed ? { error: text } : { output: text }),
      status: failed ? "failed" : "completed",
    }),
    before: ["response.mcp_call.in_progress"],
    after: "response.mcp_call.completed",
    failed: "response.mcp_call.failed",
  },
  file_search: {
    idPrefix: "fs_",
    begin: (call) => ({
      type: "file_search_call",
      id: call.id,
      queries: [query(call)],
      status: "in_progress",
      results: null,
    }),
    end: (item, { failed, data }, include) => ({
      ...item,
      status: failed ? "failed" : "completed",
      ...(include.includes("file_search_call.results") && {
        results: (data ?? []) as unknown as FileSearchHit[],
      }),
    }),
    before: ["response.file_search_call.in_progress", "response.file_search_call.searching"],
    after: "response.file_search_call.completed",
    failed: null,
  },
  web_search: {
    idPrefix: "ws_",
    begin: (call) => ({
      type: "web_search_call",
      id: call.id,
      status: "in_progress",
      action: { type: "search", query: query(call) },
    }),
    end: (item, { failed, sources = [] }, include) => {
      const search = item as Extract<HostedCallItem, { type: "web_search_call" }>;
      const urls = sources.map(({ id: url }) => ({ type: "url" as const, url }));
      const isIncluded = include.includes("web_search_call.action.sources");
      return {
        ...search,
        status: failed ? "failed" : "completed",
        ...(isIncluded && { action: { ...search.action, sources: urls } }),
      };
    },
    before: ["response.web_search_call.in_progress", "response.web_search_call.searching"],
    after: "response.web_search_call.completed",
    failed: null,
  },
  code_interpreter: {
    idPrefix: "ci_",
    begin: ({ id, call }) => ({
      type: "code_interpreter_call",
      id,
      code: String(call.arguments["code"] ?? ""),
      container_id: "auto",
      outputs: null,
      status: "in_progress",
    }),
    end: (item, { text, failed }, include) =>
      ({
        ...item,
        status: failed ? "failed" : "completed",
        ...(include.includes("code_interpreter_call.outputs") && {
          outputs: [{ type: "logs" as const, logs: text }],
        }),
      }) as HostedCallItem,
    before: ["response.code_interpreter_call.in_progress", "response.code_interpreter_call.interpreting"],
    after: "response.code_interpreter_call.completed",
    failed: null,
  },
};
