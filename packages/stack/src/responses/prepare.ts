import type { Message } from "@llamero/core";
import type { ApprovalRequestItem } from "../api/hosted-items.ts";
import type { Item, OutputItem } from "../api/responses-items.ts";
import type { ResponseObject, ResponseUsage } from "../api/responses-object.ts";
import type { ResponseRequest } from "../api/responses-request.ts";
import type { ChatJob } from "../convert/chat-request.ts";
import { itemMessages, toItems } from "../convert/responses-items.ts";
import { conversationId, toGenerateOptions, toResponse } from "../convert/responses-request.ts";
import { HttpError } from "../http/http-error.ts";
import type { RouteServices } from "../routes/services.ts";
import { newId, nowSeconds } from "../routes/stored-objects.ts";
import type { ServableModel } from "../served-models.ts";
import type { GuardBorder } from "../shields/border-guard.ts";
import type { ScanUntrusted } from "../tools/scan-untrusted.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { withGuardrails } from "./guardrails.ts";
import { type McpSource, openTools } from "./open-tools.ts";
import { readPrompt } from "./read-prompt.ts";
import { type EarlierOutput, findApproved, splitOutput } from "./resumed-calls.ts";
import { type BackgroundRun, chainItems, conversationItems, findItems } from "./stored-response.ts";
import { type HostedToolChoice, hostedChoice } from "./tool-choice.ts";
import type { ToolRunner } from "./tool-runner.ts";

/** A request with all that it refers to. */
export interface PreparedResponse {
  owner: string;
  request: ResponseRequest;
  /** Without output. */
  response: ResponseObject;
  /** What the request adds. */
  input: Item[];
  /** Ids of input items that this response gave them, and no other stored item has. */
  ownIds: ReadonlySet<string>;
  /** Ids of the items that come before. */
  historyIds: ReadonlySet<string>;
  model: ServableModel;
  job: ChatJob;
  /** What the server runs of what the model calls. */
  runners: readonly ToolRunner[];
  /** MCP servers, asked for their tools when the response begins. */
  servers: readonly McpSource[];
  choice: HostedToolChoice | null;
  /** Calls that somebody has agreed to. */
  approved: readonly ApprovalRequestItem[];
  /** Servers whose tools the conversation has listed. */
  listed: ReadonlySet<string>;
  /** Text of strangers came before. */
  isTainted: boolean;
  toolbox: Toolbox | undefined;
  scan: ScanUntrusted | undefined;
  guardBorder: GuardBorder | undefined;
  /** What an earlier process did of this response; null for one that begins. */
  earlier: EarlierWork | null;
}

/** Steps that are not done again. */
export interface EarlierWork {
  output: readonly OutputItem[];
  /** As the store has it, calls that had begun included. */
  stored: readonly OutputItem[];
  begun: EarlierOutput["begun"];
  usage: ResponseUsage | null;
  results: Readonly<Record<string, string>>;
  numCalls: number;
  /** It waits for the client. */
  isOver: boolean;
}

/** A response that has begun before. */
export interface EarlierStart extends Pick<BackgroundRun, "ownIds" | "results"> {
  id: string;
  createdAt: number;
  input: Item[];
  output: readonly OutputItem[];
  usage: ResponseUsage | null;
}

/** Reads what a request refers to. Throws an HTTP error for what is not there or does not fit together. */
export async function prepareResponse(
  request: ResponseRequest,
  owner: string,
  services: Pick<RouteServices, "models" | "store" | "shields" | "tools" | "scanUntrusted"> &
    Partial<Pick<RouteServices, "guardBorder">>,
  earlier?: EarlierStart,
): Promise<PreparedResponse> {
  const { models, store } = services;
  await models.open(request.model);
  const { name, adapter, ...found } = models.findChat(request.model);
  const model = await withGuardrails({ name, model: found.model }, request, owner, services);
  const options = toGenerateOptions(request, adapter);
  const { previous_response_id: previous, conversation } = request;
  const history =
    previous != null
      ? await chainItems(store, previous, owner)
      : conversation != null
        ? await conversationItems(store, conversationId(conversation), owner)
        : [];
  const ownIds = new Set(earlier?.ownIds);
  const input = earlier?.input ?? (await readInput(request, { store, owner, history, ownIds }));
  const messages: Message[] = [];
  if (request.prompt != null) {
    messages.push({ role: "system", content: await readPrompt(store, request.prompt, owner) });
  }
  if (request.instructions != null) messages.push({ role: "system", content: request.instructions });
  const { runners, servers } = await openTools(request, owner, services);
  const work = earlier === undefined ? null : earlierWork(earlier, runners, request);
  const approved = findApproved(history, input);
  const before = [...history, ...input, ...(work?.output ?? [])];
  messages.push(...itemMessages(history, [...input, ...(work?.output ?? [])], work?.results));
  if (messages.length === 0 && approved.length === 0) {
    throw new HttpError(400, "There is nothing to answer; give input", {
      param: "input",
      code: "invalid_value",
    });
  }
  const head = {
    id: earlier?.id ?? newId("resp_"),
    createdAt: earlier?.createdAt ?? nowSeconds(),
    model: name,
    sampling: model.sampling,
  };
  return {
    owner,
    request,
    response: toResponse(request, head),
    input,
    ownIds,
    historyIds: new Set(history.map(({ id }) => id)),
    model,
    job: { messages, options: [options] },
    runners,
    servers,
    choice: hostedChoice(request),
    approved,
    listed: new Set(before.flatMap((item) => (item.type === "mcp_list_tools" ? [item.server_label] : []))),
    isTainted: before.some((item) => isForeign(item, before)),
    toolbox: services.tools,
    scan: services.scanUntrusted,
    guardBorder: services.guardBorder,
    earlier: work,
  };
}

/** Whether an item brings what strangers may have written: results of anything but our own arithmetic and code. */
export function isForeign(item: Item, all: readonly Item[]): boolean {
  if (item.type === "mcp_call" || item.type === "file_search_call" || item.type === "web_search_call")
    return true;
  if (item.type !== "function_call_output") return false;
  return !all.some(
    (call) => call.type === "function_call" && call.call_id === item.call_id && call.name === "calculator",
  );
}

function earlierWork(
  { output, usage, results }: EarlierStart,
  runners: readonly ToolRunner[],
  { tools }: ResponseRequest,
): EarlierWork {
  const isOwn = (name: string): boolean =>
    runners.some((runner) => runner.form === "function" && runner.name === name);
  const { begun, done } = splitOutput(output, isOwn);
  const isClients = (name: string): boolean =>
    !isOwn(name) && (tools ?? []).some((tool) => tool.type === "function" && tool.name === name);
  return {
    output: done,
    stored: output,
    begun,
    usage,
    results: results ?? {},
    numCalls: done.filter(({ type }) => type.endsWith("_call")).length + begun.length,
    isOver: done.some(
      (item) =>
        item.type === "mcp_approval_request" || (item.type === "function_call" && isClients(item.name)),
    ),
  };
}

async function readInput(
  { input }: ResponseRequest,
  {
    store,
    owner,
    history,
    ownIds,
  }: Pick<RouteServices, "store"> & {
    owner: string;
    history: readonly Item[];
    ownIds: Set<string>;
  },
): Promise<Item[]> {
  const ids = Array.isArray(input)
    ? input.flatMap((item) => (item.type === "item_reference" ? [item.id] : []))
    : [];
  const references = await findItems(store, ids, { owner, known: history });
  return toItems(input, references, (prefix) => {
    const id = newId(prefix);
    ownIds.add(id);
    return id;
  });
}
