import type { HostedChoice, ResponseRequest } from "../api/responses-request.ts";
import { HttpError } from "../http/http-error.ts";
import type { ToolRunner } from "./tool-runner.ts";

/** Which tools of the server a response may call. */
export interface HostedToolChoice {
  /** `isFirst`: in the generation that must call one. */
  allows(runner: ToolRunner, isFirst: boolean): boolean;
}

/** What the choice of a request means for tools of the server; null: all may be called. */
export function hostedChoice({ tool_choice: choice, tools }: ResponseRequest): HostedToolChoice | null {
  if (choice === "none") return { allows: () => false };
  if (choice == null || typeof choice === "string" || choice.type === "function") return null;
  const chosen =
    choice.type === "allowed_tools" ? choice.tools.filter((tool) => tool.type !== "function") : [choice];
  for (const each of chosen) {
    const isThere = (tools ?? []).some(
      (tool) =>
        typeOf(tool.type) === typeOf(each.type) &&
        (tool.type !== "mcp" || each.type !== "mcp" || tool.server_label === each.server_label),
    );
    if (isThere) continue;
    throw new HttpError(400, `tool_choice names ${typeOf(each.type)}, which is not among the tools`, {
      param: "tool_choice",
      code: "invalid_value",
    });
  }
  const isAlways = choice.type === "allowed_tools";
  if (choice.type === "allowed_tools" && choice.mode === "none") return { allows: () => false };
  return {
    allows: (runner, isFirst) => (!isAlways && !isFirst) || chosen.some((each) => names(each, runner)),
  };
}

/** A tool of the server that must be called first. */
export const isHostedChoice = (choice: ResponseRequest["tool_choice"]): choice is HostedChoice =>
  choice != null &&
  typeof choice === "object" &&
  choice.type !== "function" &&
  choice.type !== "allowed_tools";

const typeOf = (type: string): string => (type.startsWith("web_search") ? "web_search" : type);

function names(choice: HostedChoice, { tool, form }: ToolRunner): boolean {
  if (choice.type === "mcp") {
    return (
      form === "mcp" &&
      tool.group === choice.server_label &&
      (choice.name == null || choice.name === tool.name)
    );
  }
  return tool.name === typeOf(choice.type) && form !== "mcp";
}
