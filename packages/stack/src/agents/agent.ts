import type { Message, TextModel } from "@llamero/core";
import type { ApprovalRequestItem } from "../api/hosted-items.ts";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { Item } from "../api/responses-items.ts";
import type { IncompleteReason, ResponseObject, ResponseUsage } from "../api/responses-object.ts";
import type { ResponseRequest } from "../api/responses-request.ts";
import { toItems } from "../convert/responses-items.ts";
import { defaultMaxGenerations } from "../responses/tool-runner.ts";
import { newId } from "../routes/stored-objects.ts";
import type { GuardBorder } from "../shields/border-guard.ts";
import type { ScanUntrusted } from "../tools/scan-untrusted.ts";
import type { Tool } from "../tools/tool.ts";
import type { McpServerSettings } from "../tools/tool-settings.ts";
import { Toolbox } from "../tools/toolbox.ts";
import { type AgentEvent, toAgentEvents } from "./agent-events.ts";
import { type RunLimits, runRound } from "./run-round.ts";

/** An MCP server of an agent. */
export interface AgentMcp extends McpServerSettings {
  /** Whether every call is asked for; default always. */
  approval?: "always" | "never" | undefined;
  /** Names of the tools that may be called; default all. */
  allowed?: readonly string[] | undefined;
}

export interface AgentOptions {
  model: TextModel;
  /** Shown with the events of a sub-agent. */
  name?: string | undefined;
  instructions?: string | undefined;
  tools?: readonly Tool[] | undefined;
  mcp?: readonly AgentMcp[] | undefined;
  /** Asked before calls that need it; without it they are refused. */
  approve?: ((call: ApprovalRequestItem) => boolean | Promise<boolean>) | undefined;
  /** Generations of one run, its time, and the tokens that it may write. */
  maxSteps?: number | undefined;
  maxSeconds?: number | undefined;
  maxTokens?: number | undefined;
  maxCalls?: number | undefined;
  temperature?: number | undefined;
  scan?: ScanUntrusted | undefined;
  guardBorder?: GuardBorder | undefined;
  /** Told of every event, those of sub-agents that have one of their own included. */
  onEvent?: ((event: AgentEvent) => void) | undefined;
}

/** How a run ended. */
export interface AgentResult {
  text: string;
  status: "completed" | "incomplete";
  reason: IncompleteReason | null;
  usage: ResponseUsage | null;
}

/** A model with tools that works on a task until it is done. */
export class Agent implements AsyncDisposable {
  readonly options: AgentOptions;
  readonly #toolbox: Toolbox;
  /** Everything that was said and done, for a next run. */
  readonly items: Item[] = [];

  constructor(options: AgentOptions) {
    this.options = options;
    const { mcp = [], maxSeconds, maxCalls } = options;
    this.#toolbox = new Toolbox({
      mcp_servers: mcp.map(({ approval: _, allowed: __, ...settings }) => settings),
      ...(maxSeconds !== undefined && { max_seconds: maxSeconds }),
      ...(maxCalls !== undefined && { max_calls: maxCalls }),
    });
  }

  /** Works on a task, behind what was said before; the last event is `done`. */
  async *run(
    task: string | readonly Message[],
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<AgentEvent> {
    const { approve, onEvent, name } = this.options;
    const interrupts = {
      disconnected: signal ?? new AbortController().signal,
      ended: new AbortController().signal,
    };
    const startedAt = performance.now();
    const { maxSteps = defaultMaxGenerations, maxTokens, maxCalls, maxSeconds } = this.options;
    // An approval goes on with a new response; the limits are those of the whole run.
    const limits: RunLimits = { steps: maxSteps, tokens: maxTokens ?? null, calls: maxCalls ?? null };
    let input = toItems(typeof task === "string" ? task : task.map(toParam), new Map(), newId);
    const tell = (event: AgentEvent): AgentEvent => {
      const named = name === undefined ? event : { ...event, agent: name };
      onEvent?.(named);
      return named;
    };
    for (;;) {
      const events: ResponseEvent[] = [];
      let wake = (): void => {};
      let isOver = false;
      const round = runRound(
        { options: this.options, toolbox: this.#toolbox, history: this.items, input, limits: { ...limits } },
        interrupts,
        (more) => {
          events.push(...more);
          wake();
        },
      ).finally(() => {
        isOver = true;
        wake();
      });
      // Its failure is thrown below.
      round.catch(() => {});
      const convert = toAgentEvents();
      for (;;) {
        for (const event of events.splice(0)) for (const each of convert(event)) yield tell(each);
        if (isOver && events.length === 0) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (isOver || events.length > 0) resolve();
        });
      }
      const { response, steps } = await round.catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
      spend(limits, response, steps);
      const isLate = maxSeconds !== undefined && performance.now() - startedAt > maxSeconds * 1000;
      this.items.push(...input, ...response.output);
      const waiting = response.output.filter((item) => item.type === "mcp_approval_request");
      const spent = waiting.length === 0 ? null : isLate ? "max_seconds" : spentLimit(limits);
      if (waiting.length === 0 || spent !== null) {
        const result = toResult(response);
        const ended = spent === null ? result : { ...result, status: "incomplete" as const, reason: spent };
        yield tell({ type: "done", ...ended, ms: performance.now() - startedAt });
        return;
      }
      input = [];
      for (const item of waiting) {
        const isAgreed = (await approve?.(item)) ?? false;
        signal?.throwIfAborted();
        yield tell({
          type: "approval",
          id: item.id,
          name: item.name,
          arguments: item.arguments,
          approved: isAgreed,
        });
        const reason = approve === undefined ? "nobody is there to agree" : null;
        input.push({
          type: "mcp_approval_response",
          id: newId("mcpa_"),
          approval_request_id: item.id,
          approve: isAgreed,
          reason,
        });
      }
    }
  }

  /** Works on a task and gives the answer. */
  async ask(task: string | readonly Message[], options: { signal?: AbortSignal } = {}): Promise<AgentResult> {
    for await (const event of this.run(task, options)) if (event.type === "done") return event;
    throw new TypeError("The agent ended without a result");
  }

  /** This agent as a tool of another; each call starts afresh. */
  asTool({ name, description }: { name: string; description: string }): Tool {
    return {
      name,
      description,
      parameters: {
        type: "object",
        properties: { task: { type: "string", description: "What to do, with all that it takes to know" } },
        required: ["task"],
      },
      group: "agents",
      needsApproval: false,
      // It may say again what strangers told it.
      untrusted: true,
      run: async ({ task }, { signal }) => {
        await using agent = new Agent({ ...this.options, name });
        const { text, status, reason } = await agent.ask(String(task), { signal });
        return status === "completed"
          ? { text, failed: false }
          : { text: `${text}\n(ended early: ${reason})`, failed: true };
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#toolbox.close();
  }
}

/** Makes an agent: a model, tools, MCP servers, limits. */
export function createAgent(options: AgentOptions): Agent {
  return new Agent(options);
}

function spend(limits: RunLimits, { output, usage }: ResponseObject, steps: number): void {
  limits.steps -= Math.max(1, steps);
  if (limits.tokens !== null) limits.tokens -= usage?.output_tokens ?? 0;
  if (limits.calls !== null) limits.calls -= output.filter(({ type }) => type === "mcp_call").length;
}

function spentLimit({ steps, tokens, calls }: RunLimits): IncompleteReason | null {
  if (steps <= 0) return "max_infer_iters";
  if (tokens !== null && tokens <= 0) return "max_output_tokens";
  return calls !== null && calls <= 0 ? "max_tool_calls" : null;
}

type InputParam = Exclude<NonNullable<ResponseRequest["input"]>, string>[number];

function toParam(message: Message): InputParam {
  if (message.role === "tool") {
    return { type: "function_call_output", call_id: message.toolCallId, output: message.content };
  }
  return { role: message.role, content: message.content };
}

function toResult({ output, status, incomplete_details: details, usage }: ResponseObject): AgentResult {
  const message = output.findLast((item) => item.type === "message");
  const text =
    message?.content.map((part) => (part.type === "refusal" ? part.refusal : part.text)).join("") ?? "";
  return {
    text,
    status: status === "incomplete" ? status : "completed",
    reason: details?.reason ?? null,
    usage,
  };
}
