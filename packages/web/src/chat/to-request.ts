import type { ChatRequest } from "@llamero/stack/api/chat-request";
import type { ItemParam } from "@llamero/stack/api/responses-items";
import type { ResponseRequest } from "@llamero/stack/api/responses-request";
import { type Attachment, type Conversation, shownTurns, type Tools, type Turn } from "./conversation.ts";

/** A fence that the text does not hold. */
function fenceFor(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return "`".repeat(longest + 1);
}

/** What the model reads of a message: its files first, then its text. */
export function textOf({
  content,
  attachments = [],
}: {
  content: string;
  attachments?: Attachment[] | undefined;
}): string {
  const files = attachments.map(({ name, text }) => {
    const fence = fenceFor(text);
    return `${name}:\n${fence}\n${text.trimEnd()}\n${fence}\n\n`;
  });
  return files.join("") + content;
}

/** About how many tokens a text takes: the server counts exactly when it answers. */
export function roughTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 4);
}

/** True when answers go through the Responses API, which runs tools. */
export function usesTools(tools: Tools): boolean {
  const { calculator, webSearch, codeInterpreter, vectorStores, mcpServers } = tools;
  return calculator || webSearch || codeInterpreter || vectorStores.length > 0 || mcpServers.length > 0;
}

/** Body of a request for the next answer without tools. */
export function toChatRequest(conversation: Conversation, model: string): ChatRequest {
  const { system, sampling } = conversation;
  const { temperature, topP, maxTokens, seed } = sampling;
  const turns = shownTurns(conversation).filter(({ content, role }) => role === "user" || content !== "");
  return {
    model,
    messages: [
      ...(system.trim() === "" ? [] : [{ role: "system", content: system } as const]),
      ...turns.map((turn) => ({ role: turn.role, content: textOf(turn) })),
    ],
    stream: true,
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(maxTokens !== null && { max_completion_tokens: maxTokens }),
    ...(seed !== null && { seed }),
  };
}

function toolsOf(tools: Tools): NonNullable<ResponseRequest["tools"]> {
  const { vectorStores } = tools;
  return [
    ...(tools.calculator ? [{ type: "calculator" } as const] : []),
    ...(tools.webSearch ? [{ type: "web_search" } as const] : []),
    ...(tools.codeInterpreter ? [{ type: "code_interpreter" } as const] : []),
    ...(vectorStores.length > 0 ? [{ type: "file_search", vector_store_ids: vectorStores } as const] : []),
    ...tools.mcpServers.map(
      ({ label, url, asks }) =>
        ({
          type: "mcp",
          server_label: label,
          server_url: url,
          require_approval: asks ? "always" : "never",
        }) as const,
    ),
  ];
}

function itemsOf(turn: Turn): ItemParam[] {
  const approvals = Object.entries(turn.approvals ?? {}).map(
    ([id, approve]) => ({ type: "mcp_approval_response", approval_request_id: id, approve }) as const,
  );
  const text = textOf(turn);
  return [
    ...(turn.steps ?? []),
    ...approvals,
    ...(text === "" ? [] : [{ type: "message", role: turn.role, content: text } as const]),
  ];
}

/** Body of a request for the next answer with tools; a response that waits for approvals goes on. */
export function toResponseRequest(
  conversation: Conversation,
  model: string,
  waiting?: Turn,
): ResponseRequest {
  const { system, sampling, tools } = conversation;
  const { temperature, topP, maxTokens } = sampling;
  const approvals = Object.entries(waiting?.approvals ?? {});
  return {
    model,
    ...(waiting?.responseId === undefined
      ? { input: shownTurns(conversation).flatMap(itemsOf) }
      : {
          previous_response_id: waiting.responseId,
          input: approvals.map(([id, approve]) => ({
            type: "mcp_approval_response",
            approval_request_id: id,
            approve,
          })),
        }),
    ...(system.trim() !== "" && { instructions: system }),
    tools: toolsOf(tools),
    stream: true,
    include: ["file_search_call.results", "web_search_call.action.sources"],
    ...(temperature !== null && { temperature }),
    ...(topP !== null && { top_p: topP }),
    ...(maxTokens !== null && { max_output_tokens: maxTokens }),
  };
}
