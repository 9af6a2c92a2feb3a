import type { AgentConfig, AgentMessage, AgentTurn, AgentTurnPayload, ToolGroup } from "../api/agents.ts";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ItemParam } from "../api/responses-items.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { Interrupts } from "../generate-choices.ts";
import { prepareResponse } from "../responses/prepare.ts";
import { createBuilder, finalWrites, generateResponse } from "../responses/run-response.ts";
import type { RouteServices } from "../routes/services.ts";
import { newId, toJson } from "../routes/stored-objects.ts";
import { turnRequest } from "./turn-request.ts";
import { toSteps } from "./turn-steps.ts";

/** A session as it is kept: its answers are a chain of responses. */
export interface StoredSession {
  session_id: string;
  session_name: string;
  started_at: string;
  lastResponse: string | null;
}

/** A turn as it is kept. */
export interface StoredTurn extends AgentTurn {
  groups: ToolGroup[];
}

/** What a turn needs. */
export interface TurnRun {
  agentId: string;
  config: AgentConfig;
  session: StoredSession;
  owner: string;
  /** New, or waiting for input. */
  turn: { id: string; messages: AgentMessage[]; groups: ToolGroup[]; before: StoredTurn | null };
  input: ItemParam[];
}

/** Runs a turn, or goes on with one: one response, kept with the turn and the session in one write. */
export async function runTurn(
  run: TurnRun,
  services: RouteServices,
  interrupts: Interrupts,
  tell: (payload: AgentTurnPayload) => Promise<void>,
): Promise<StoredTurn> {
  const { config, session, owner, turn, input } = run;
  const request = turnRequest(config, input, { previous: session.lastResponse, groups: turn.groups });
  const prepared = await prepareResponse(request, owner, services);
  const builder = createBuilder(prepared);
  const startedAt = turn.before?.started_at ?? new Date().toISOString();
  if (turn.before === null) await tell({ event_type: "turn_start", turn_id: turn.id });
  const teller = createTeller(turn.id, startedAt, tell);
  await generateResponse(prepared, builder, interrupts, async (events) => {
    for (const event of events) await teller(event);
  });
  builder.finish();
  const { response } = builder;
  const done = toTurn(run, response, startedAt);
  await services.store.write(
    ...finalWrites(prepared, response),
    {
      write: "put",
      kind: "agent_turn",
      id: done.turn_id,
      owner,
      parent: session.session_id,
      value: toJson(done),
    },
    {
      write: "put",
      kind: "agent_session",
      id: session.session_id,
      owner,
      parent: run.agentId,
      value: toJson({ ...session, lastResponse: response.id }),
    },
  );
  const { groups: _, ...shown } = done;
  await tell({
    event_type: done.completed_at === null ? "turn_awaiting_input" : "turn_complete",
    turn: shown,
  });
  return done;
}

function toTurn({ turn, session }: TurnRun, response: ResponseObject, startedAt: string): StoredTurn {
  const now = new Date().toISOString();
  const place = { turn_id: turn.id, started_at: startedAt, completed_at: now };
  const steps = [...(turn.before?.steps ?? []), ...toSteps(response.output, place)];
  const answered = new Set(
    response.output.flatMap((item) => (item.type === "function_call_output" ? [item.call_id] : [])),
  );
  const open = response.output.some((item) => item.type === "function_call" && !answered.has(item.call_id));
  const asked = response.output.filter((item) => item.type === "mcp_approval_request");
  const last = steps.findLast((step) => step.step_type === "inference");
  return {
    turn_id: turn.id,
    session_id: session.session_id,
    input_messages: turn.messages,
    steps,
    output_message: last?.model_response ?? {
      role: "assistant",
      content: "",
      stop_reason: "end_of_message",
      tool_calls: [],
    },
    output_attachments: [],
    started_at: startedAt,
    completed_at: open || asked.length > 0 ? null : now,
    awaiting_approval: asked.map(({ id, name, arguments: text }) => ({
      call_id: id,
      tool_name: name,
      arguments: text,
    })),
    groups: turn.groups,
  };
}

/** Tells the events of a response as those of a turn: a step is told as complete when the next begins. */
function createTeller(
  turnId: string,
  startedAt: string,
  tell: (payload: AgentTurnPayload) => Promise<void>,
): (event: ResponseEvent) => Promise<void> {
  return async (event) => {
    if (event.type === "response.output_item.added") {
      const isCall = event.item.type !== "message" && event.item.type !== "function_call";
      if (event.item.type === "mcp_list_tools" || event.item.type === "mcp_approval_request") return;
      const type = isCall ? "tool_execution" : "inference";
      await tell({ event_type: "step_start", step_type: type, step_id: `step_${event.item.id}` });
    } else if (event.type === "response.output_text.delta") {
      const delta = { type: "text", text: event.delta } as const;
      await tell({
        event_type: "step_progress",
        step_type: "inference",
        step_id: `step_${event.item_id}`,
        delta,
      });
    } else if (event.type === "response.output_item.done") {
      const place = { turn_id: turnId, started_at: startedAt, completed_at: new Date().toISOString() };
      const [step] = toSteps([event.item], place);
      if (step === undefined) return;
      await tell({
        event_type: "step_complete",
        step_type: step.step_type,
        step_id: step.step_id,
        step_details: step,
      });
    }
  };
}

/** The id of a new turn. */
export const newTurnId = (): string => newId("turn_");
