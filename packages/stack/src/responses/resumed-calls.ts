import type { ToolCall } from "@llamero/core";
import type { ApprovalRequestItem, HostedCallItem } from "../api/hosted-items.ts";
import type { FunctionCallItem, Item, OutputItem } from "../api/responses-items.ts";
import { itemCall } from "../convert/responses-items.ts";
import { HttpError } from "../http/http-error.ts";
import type { PreparedResponse } from "./prepare.ts";
import type { ToolSession, WantedCall } from "./tool-session.ts";

/** Output of a process that was stopped in the middle, by what is to be done with it. */
export interface EarlierOutput {
  /** Calls that had begun and have no result. */
  begun: (HostedCallItem | FunctionCallItem)[];
  /** What is whole. */
  done: OutputItem[];
}

const callTypes: ReadonlySet<string> = new Set([
  "mcp_call",
  "file_search_call",
  "web_search_call",
  "code_interpreter_call",
]);

/** Takes apart what an earlier process left; `isOwn` says whether the server runs a function. */
export function splitOutput(output: readonly OutputItem[], isOwn: (name: string) => boolean): EarlierOutput {
  const answered = new Set(
    output.flatMap((item) => (item.type === "function_call_output" ? [item.call_id] : [])),
  );
  const begun: EarlierOutput["begun"] = [];
  const done: OutputItem[] = [];
  for (const item of output) {
    if (callTypes.has(item.type) && item.status === "in_progress") begun.push(item as HostedCallItem);
    else {
      done.push(item);
      if (item.type === "function_call" && isOwn(item.name) && !answered.has(item.call_id)) begun.push(item);
    }
  }
  return { begun, done };
}

/**
 * Calls that an earlier process began and did not end. What only reads runs again; of the rest nobody knows whether it
 * took effect, so it does not.
 */
export function interruptedCalls({ earlier }: PreparedResponse, session: ToolSession): WantedCall[] {
  return (earlier?.begun ?? []).flatMap((item): WantedCall[] => {
    const call = itemCall(item, "output");
    const runner = session.runners.find(({ tool, name }) =>
      item.type === "mcp_call"
        ? tool.name === item.name && tool.group === item.server_label
        : name === call.name,
    );
    if (runner === undefined) return [];
    const instead = "The server stopped during this call; whether it took effect is not known";
    return [
      {
        call: { ...call, name: runner.name },
        runner,
        ...(item.type !== "function_call" && { begun: item }),
        ...(runner.tool.needsApproval && { instead }),
      },
    ];
  });
}

/** Calls that somebody has agreed to and that have not run: each runs once, however often it is agreed to. */
export function findApproved(history: readonly Item[], input: readonly Item[]): ApprovalRequestItem[] {
  const all = [...history, ...input];
  const requests = new Map(
    all.flatMap((item) => (item.type === "mcp_approval_request" ? [[item.id, item]] : [])),
  );
  const settled = new Set<string>();
  for (const item of all)
    if (item.type === "mcp_call" && item.approval_request_id != null) settled.add(item.approval_request_id);
  for (const item of history)
    if (item.type === "mcp_approval_response") settled.add(item.approval_request_id);
  const approved: ApprovalRequestItem[] = [];
  for (const [at, item] of input.entries()) {
    if (item.type !== "mcp_approval_response") continue;
    const { approval_request_id: id, approve } = item;
    const request = requests.get(id);
    if (request === undefined) {
      const param = `input[${at}].approval_request_id`;
      throw new HttpError(400, `${param}: ${id} is of no approval request before it`, {
        param,
        code: "approval_not_found",
      });
    }
    if (approve && !settled.has(id)) approved.push(request);
    settled.add(id);
  }
  return approved;
}

/** The calls of approved requests; a tool that is gone since is an error. */
export function approvedCalls({ approved, earlier }: PreparedResponse, session: ToolSession): WantedCall[] {
  const begun = new Set(
    [...(earlier?.begun ?? []), ...(earlier?.output ?? [])].flatMap((item) =>
      item.type === "mcp_call" ? [item.approval_request_id] : [],
    ),
  );
  return approved
    .filter(({ id }) => !begun.has(id))
    .map(({ id, name, server_label: group, arguments: text }) => {
      const runner = session.runners.find(({ tool }) => tool.name === name && tool.group === group);
      if (runner === undefined) {
        throw new HttpError(
          400,
          `The tool ${name} of ${group}, which ${id} asks for, is not among the tools`,
          {
            param: "tools",
            code: "tool_not_found",
          },
        );
      }
      const call: ToolCall = { id, name: runner.name, arguments: JSON.parse(text) as ToolCall["arguments"] };
      return { call, runner, approvalId: id };
    });
}
