import type { Message, ToolCall } from "@llamero/core";
import type { ApprovalRequestItem, HostedCallItem, McpListToolsItem } from "../api/hosted-items.ts";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ResponseBuilder } from "../convert/responses-events.ts";
import { HttpError } from "../http/http-error.ts";
import { withSpan } from "../observe/trace.ts";
import { newId } from "../routes/stored-objects.ts";
import { callText } from "../shields/judged-messages.ts";
import { McpError } from "../tools/mcp/mcp-error.ts";
import { isReadOnly, mcpTools } from "../tools/mcp/mcp-tools.ts";
import { runTool } from "../tools/run-tool.ts";
import { scanned } from "../tools/scan-untrusted.ts";
import type { Tool, ToolResult } from "../tools/tool.ts";
import { callForms } from "./call-forms.ts";
import type { McpSource } from "./open-tools.ts";
import type { PreparedResponse } from "./prepare.ts";
import type { ToolRunner } from "./tool-runner.ts";

/** A call that is to be run. */
export interface WantedCall {
  call: ToolCall;
  runner: ToolRunner;
  /** Of the request that somebody agreed to. */
  approvalId?: string;
  /** Item that stands in the response already, since an earlier process began the call. */
  begun?: HostedCallItem;
  /** What to say instead of running it. */
  instead?: string;
}

interface RunningCall extends WantedCall {
  at: number;
  item: HostedCallItem | null;
}

export interface ToolSessionOptions {
  prepared: PreparedResponse;
  builder: ResponseBuilder;
  signal: AbortSignal;
  emit: (events: readonly ResponseEvent[]) => Promise<void> | void;
  /** Told what each call gave the model, by the id of its item. */
  onResult: (itemId: string, text: string) => void;
}

/** The tools of one response: which there are, what runs, what has to be asked. */
export class ToolSession {
  readonly #options: ToolSessionOptions;
  readonly runners: ToolRunner[];
  /** Text of strangers is in the context. */
  #isTainted: boolean;
  numCalls = 0;

  constructor(options: ToolSessionOptions) {
    this.#options = options;
    this.runners = [...options.prepared.runners];
    this.#isTainted = options.prepared.isTainted;
  }

  /** Asks the MCP servers for their tools, each as an item where the conversation has none yet. */
  async open(): Promise<void> {
    for (const source of this.#options.prepared.servers) await this.#list(source);
    const hidden = this.runners.filter(({ form }) => form !== "function");
    this.#options.builder.hide(hidden.map(({ name }) => name));
  }

  find(name: string): ToolRunner | undefined {
    return this.runners.find((runner) => runner.name === name);
  }

  /** Whether a call may run now, or somebody has to agree first. */
  async check(
    { asks, tool, form }: ToolRunner,
    { arguments: value }: ToolCall,
  ): Promise<"run" | "ask" | "refuse"> {
    const { prepared, signal } = this.#options;
    const holds = prepared.toolbox?.settings.never_asks_after_untrusted === true;
    if (asks || (tool.needsApproval && this.#isTainted && !holds)) return "ask";
    if (prepared.guardBorder === undefined) return "run";
    const text = callText({ name: tool.name, arguments: value });
    const { action } = await prepared.guardBorder("tool_call", text, [], signal);
    if (action !== "ask" && action !== "refuse") return "run";
    // The item of a function cannot wait for an answer.
    return form === "function" ? "refuse" : "ask";
  }

  /** Asks for a call; it runs when a later request brings the answer. */
  async ask({ arguments: value }: ToolCall, { tool }: ToolRunner): Promise<void> {
    const { builder, emit } = this.#options;
    const item: ApprovalRequestItem = {
      type: "mcp_approval_request",
      id: newId("mcpr_"),
      server_label: tool.group,
      name: tool.name,
      arguments: JSON.stringify(value),
    };
    const { at, events } = builder.beginHosted(item, []);
    await emit(events);
    await emit(builder.endHosted(at, item, null));
  }

  /** Runs calls side by side, or one after the other; `onBegun` is told when all have their items. */
  async run(
    wanted: readonly WantedCall[],
    { isParallel, onBegun }: { isParallel: boolean; onBegun: () => Promise<void> },
  ): Promise<Message[]> {
    const { emit, signal } = this.#options;
    const running: RunningCall[] = [];
    for (const each of wanted) {
      const { item, at, events } = this.#begin(each);
      running.push({ ...each, item, at });
      await emit(events);
    }
    await onBegun();
    const results: string[] = [];
    // Ends are told one at a time, whoever is first.
    let told = Promise.resolve();
    const runOne = async (each: RunningCall, index: number): Promise<void> => {
      const result =
        each.instead === undefined ? await this.#call(each) : { text: each.instead, failed: true };
      signal.throwIfAborted();
      results[index] = result.text;
      told = told.then(async () => await emit(this.#end(each, result)));
      await told;
    };
    if (isParallel) {
      const settled = await Promise.allSettled(running.map(runOne));
      const failed = settled.find((each) => each.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    } else for (const [index, each] of running.entries()) await runOne(each, index);
    return running.map(({ call }, index) => ({
      role: "tool",
      toolCallId: call.id,
      name: call.name,
      content: results[index]!,
    }));
  }

  #begin({ call, runner, approvalId, begun }: WantedCall): {
    item: HostedCallItem | null;
    at: number;
    events: ResponseEvent[];
  } {
    const { form: name, tool } = runner;
    if (name === "function") return { item: null, at: -1, events: [] };
    const form = callForms[name];
    const item =
      begun ??
      form.begin({
        id: newId(form.idPrefix),
        call,
        group: tool.group,
        toolName: tool.name,
        approvalId: approvalId ?? null,
      });
    return { item, ...this.#options.builder.beginHosted(item, form.before) };
  }

  async #call({ call, runner, item }: RunningCall): Promise<ToolResult> {
    const { prepared, signal } = this.#options;
    const { owner, toolbox, scan } = prepared;
    const { tool } = runner;
    const attributes = {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": tool.name,
      "gen_ai.tool.call.id": item?.id ?? call.id,
    };
    const result = await withSpan(`execute_tool ${tool.name}`, attributes, () =>
      runTool(tool, call.arguments as never, {
        owner,
        signal,
        scan,
        maxCharacters: toolbox?.settings.max_result_characters,
      }),
    );
    if (tool.untrusted) this.#isTainted = true;
    return result;
  }

  #end({ call, runner, item, at }: RunningCall, result: ToolResult): ResponseEvent[] {
    const { builder, prepared, onResult } = this.#options;
    if (item === null || runner.form === "function") {
      onResult(call.id, result.text);
      return builder.addResult(call.id, result.text);
    }
    onResult(item.id, result.text);
    if (runner.form === "file_search") builder.allowCitations(result.sources ?? []);
    const form = callForms[runner.form];
    const stage = result.failed && form.failed !== null ? form.failed : form.after;
    return builder.endHosted(at, form.end(item, result, prepared.request.include ?? []), stage);
  }

  async #list(source: McpSource): Promise<void> {
    const { prepared, builder, emit, signal } = this.#options;
    const { label, server } = source;
    const item: McpListToolsItem = {
      type: "mcp_list_tools",
      id: newId("mcpl_"),
      server_label: label,
      tools: [],
      error: null,
    };
    const place = prepared.listed.has(label)
      ? null
      : builder.beginHosted(item, ["response.mcp_list_tools.in_progress"]);
    if (place !== null) await emit(place.events);
    let tools: Tool[];
    try {
      const infos = await server.list(signal);
      const all = mcpTools(server.client, infos, source);
      tools = await Promise.all(all.map((tool) => this.#safeTool(tool)));
      for (const tool of tools) {
        const info = infos.find(({ name }) => name === tool.name)!;
        const asks = source.asks({ name: tool.name, readOnly: isReadOnly(info) });
        this.runners.push({ name: this.#freeName(tool), tool, form: "mcp", asks });
      }
    } catch (error) {
      if (!(error instanceof McpError)) throw error;
      if (place !== null) {
        const failed = { ...item, error: error.message };
        await emit(builder.endHosted(place.at, failed, "response.mcp_list_tools.failed"));
      }
      // 424: what the request depends on has failed.
      throw new HttpError(424, error.message, { param: "tools", code: "mcp_server_failed" });
    }
    if (place === null) return;
    const done: McpListToolsItem = {
      ...item,
      tools: tools.map(({ name, description, parameters }) => ({
        name,
        description,
        input_schema: { ...parameters },
      })),
      schema_tokens: schemaTokens(tools),
    };
    await emit(builder.endHosted(place.at, done, "response.mcp_list_tools.completed"));
  }

  /** Descriptions are text of strangers too, read with every prompt. */
  async #safeTool(tool: Tool): Promise<Tool> {
    const { prepared, signal } = this.#options;
    if (!tool.untrusted || prepared.scan === undefined) return tool;
    const { text, flagged } = await scanned(tool.description, prepared.scan, signal);
    return flagged ? { ...tool, description: text } : tool;
  }

  #freeName({ name, group }: Tool): string {
    const taken = new Set([
      ...this.runners.map((runner) => runner.name),
      ...(this.#options.prepared.request.tools ?? []).flatMap((tool) =>
        tool.type === "function" ? [tool.name] : [],
      ),
    ]);
    if (!taken.has(name)) return name;
    const long = `${group}__${name}`.slice(0, 64);
    for (let num = 2, free = long; ; free = `${long.slice(0, 60)}_${num++}`)
      if (!taken.has(free)) return free;
  }
}

/** About how many tokens the definitions of tools take in a prompt: one for four characters of JSON. */
export function schemaTokens(tools: readonly Pick<Tool, "name" | "description" | "parameters">[]): number {
  const text = JSON.stringify(
    tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
  );
  return tools.length === 0 ? 0 : Math.ceil(text.length / 4);
}
