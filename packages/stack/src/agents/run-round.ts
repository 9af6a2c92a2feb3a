import type { Message } from "@llamero/core";
import type { Item } from "../api/responses-items.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { ResponseRequest } from "../api/responses-request.ts";
import { itemMessages } from "../convert/responses-items.ts";
import { toResponse } from "../convert/responses-request.ts";
import type { Interrupts } from "../generate-choices.ts";
import type { McpSource } from "../responses/open-tools.ts";
import { isForeign, type PreparedResponse } from "../responses/prepare.ts";
import { findApproved } from "../responses/resumed-calls.ts";
import { createBuilder, type Emit, generateResponse } from "../responses/run-response.ts";
import type { ToolRunner } from "../responses/tool-runner.ts";
import { generationsOf } from "../round/replay.ts";
import { newId, nowSeconds } from "../routes/stored-objects.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { AgentOptions } from "./agent.ts";

/** What one response of an agent begins with. */
export interface Round {
  options: AgentOptions;
  toolbox: Toolbox;
  history: readonly Item[];
  input: readonly Item[];
  /** What is left of the run's limits. */
  limits: RunLimits;
}

/** Limits of a run; null: none. */
export interface RunLimits {
  steps: number;
  tokens: number | null;
  calls: number | null;
}

/** Generates one response of an agent: the same loop as that of `POST /v1/responses`, without server and store. */
export async function runRound(
  round: Round,
  interrupts: Interrupts,
  emit: Emit,
): Promise<{ response: ResponseObject; steps: number }> {
  const prepared = prepareRound(round);
  const builder = createBuilder(prepared);
  await generateResponse(prepared, builder, interrupts, emit);
  await emit(builder.finish());
  return { response: builder.response, steps: generationsOf(prepared).length };
}

function prepareRound({ options, toolbox, history, input, limits }: Round): PreparedResponse {
  const { model, instructions, temperature, scan, guardBorder } = options;
  const request: ResponseRequest = {
    model: model.name,
    max_infer_iters: limits.steps,
    ...(limits.tokens !== null && { max_output_tokens: limits.tokens }),
    ...(limits.calls !== null && { max_tool_calls: limits.calls }),
    ...(temperature !== undefined && { temperature }),
  };
  const head = { id: newId("resp_"), createdAt: nowSeconds(), model: model.name, sampling: model.sampling };
  const system: Message[] = instructions === undefined ? [] : [{ role: "system", content: instructions }];
  const before = [...history, ...input];
  return {
    owner: "local",
    request,
    response: toResponse(request, head),
    input: [...input],
    ownIds: new Set(),
    historyIds: new Set(),
    model,
    job: {
      messages: [...system, ...itemMessages(history, input)],
      options: [{ ...(temperature !== undefined && { sampling: { temperature } }) }],
    },
    // Items of MCP calls can wait for an approval; those of functions are the client's.
    runners: (options.tools ?? []).map(
      (tool): ToolRunner => ({ name: tool.name, tool, form: "mcp", asks: tool.needsApproval }),
    ),
    servers: openServers(options, toolbox),
    choice: null,
    approved: findApproved(history, input),
    listed: new Set(before.flatMap((item) => (item.type === "mcp_list_tools" ? [item.server_label] : []))),
    isTainted: before.some((item) => isForeign(item, before)),
    toolbox,
    scan,
    guardBorder,
    earlier: null,
  };
}

function openServers({ mcp = [] }: AgentOptions, toolbox: Toolbox): McpSource[] {
  return mcp.map(({ label, approval = "always", allowed, trusted = false }, at) => ({
    label,
    server: toolbox.mcp.configured(toolbox.mcp.settings[at]!),
    isTrusted: trusted,
    named: allowed ?? null,
    allowed: ({ name }) => allowed === undefined || allowed.includes(name),
    asks: () => approval === "always",
  }));
}
