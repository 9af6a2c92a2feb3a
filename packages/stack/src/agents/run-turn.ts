import type {
  AgentConfig,
  AgentMessage,
  AgentStep,
  AgentTurn,
  AgentTurnPayload,
  ToolGroup,
} from "../api/agents.ts";
import type { ResponseEvent } from "../api/responses-events.ts";
import type { ItemParam, OutputItem } from "../api/responses-items.ts";
import type { ResponseObject } from "../api/responses-object.ts";
import type { Interrupts } from "../generate-choices.ts";
import { backgroundOf } from "../responses/background.ts";
import { prepareResponse } from "../responses/prepare.ts";
import { createBuilder, finalWrites, generateResponse, toResponseError } from "../responses/run-response.ts";
import { putResponse, runningResponse, type StoredResponse } from "../responses/stored-response.ts";
import { defaultMaxSeconds } from "../responses/tool-runner.ts";
import type { RouteServices } from "../routes/services.ts";
import { newId, toJson } from "../routes/stored-objects.ts";
import type { Store, StoreWrite } from "../store/store.ts";
import { turnRequest } from "./turn-request.ts";
import { toSteps } from "./turn-steps.ts";

/** A session as it is kept: its answers are a chain of responses. */
export interface StoredSession {
  session_id: string;
  session_name: string;
  started_at: string;
  lastResponse: string | null;
  /** Turn that is being answered. */
  running: string | null;
}

/** A turn as it is kept. */
export interface StoredTurn extends AgentTurn {
  groups: ToolGroup[];
  /** Response that answers it now. */
  running: string | null;
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

/** Runs a turn, or goes on with one: one response, kept while it runs so that a next process goes on with it. */
export async function runTurn(
  run: TurnRun,
  services: RouteServices,
  interrupts: Interrupts,
  tell: (payload: AgentTurnPayload) => Promise<void>,
): Promise<StoredTurn> {
  const { config, session, owner, turn, input } = run;
  const { store, tools } = services;
  const request = turnRequest(config, input, { previous: session.lastResponse, groups: turn.groups });
  const prepared = await prepareResponse(request, owner, services);
  // What an earlier process left is listed before this one adds to it.
  await backgroundOf(services).resumed;
  const builder = createBuilder(prepared);
  const startedAt = turn.before?.started_at ?? new Date().toISOString();
  const heldUntil = Date.now() + ((tools?.settings.max_seconds ?? defaultMaxSeconds) + 60) * 1000;
  const keep = (results: Readonly<Record<string, string>>, until = heldUntil): StoreWrite =>
    putResponse(
      runningResponse(prepared, builder.response, { numStarts: 1, heldUntil: until, results }),
      owner,
    );
  const begun = toTurn(run, builder.response, startedAt);
  await store.write(
    keep({}),
    putTurn({ ...begun, completed_at: null, running: prepared.response.id }, owner),
    putSession({ ...session, running: turn.id }, run),
  );
  let done: StoredTurn;
  let kept = keep({}, 0);
  try {
    if (turn.before === null) await tell({ event_type: "turn_start", turn_id: turn.id });
    const teller = createTeller(turn.id, startedAt, tell);
    await generateResponse(
      prepared,
      builder,
      interrupts,
      async (events) => {
        for (const event of events) await teller.tell(event);
      },
      async ({ results }) => {
        kept = keep({ ...results }, 0);
        await store.write(keep({ ...results }));
      },
    );
    await teller.end();
    builder.finish();
    done = toTurn(run, builder.response, startedAt);
    await store.write(
      ...finalWrites(prepared, builder.response),
      putTurn(done, owner),
      putSession({ ...session, lastResponse: builder.response.id, running: null }, run),
    );
  } catch (error) {
    // The next process goes on behind the last step. A store that is closed keeps what it has.
    if (interrupts.ended.aborted) await store.write(kept).catch(() => {});
    else {
      if (interrupts.disconnected.aborted) builder.cancel();
      else builder.fail(toResponseError(error));
      await store.write(
        ...finalWrites(prepared, builder.response),
        putTurn(toTurn(run, builder.response, startedAt), owner),
        putSession({ ...session, running: null }, run),
      );
    }
    throw error;
  }
  const { groups: _, running: __, ...shown } = done;
  await tell({
    event_type: done.completed_at === null ? "turn_awaiting_input" : "turn_complete",
    turn: shown,
  });
  return done;
}

const putTurn = (turn: StoredTurn, owner: string): StoreWrite => ({
  write: "put",
  kind: "agent_turn",
  id: turn.turn_id,
  owner,
  parent: turn.session_id,
  value: toJson(turn),
});

const putSession = (
  session: StoredSession,
  { agentId, owner }: Pick<TurnRun, "agentId" | "owner">,
): StoreWrite => ({
  write: "put",
  kind: "agent_session",
  id: session.session_id,
  owner,
  parent: agentId,
  value: toJson(session),
});

/**
 * A turn as it stands. One that a restart interrupted is a response in the background since; when that has ended, its
 * turn and session are brought to its end.
 */
export async function settleTurn(
  turn: StoredTurn,
  { agentId, session, owner }: Pick<TurnRun, "agentId" | "session" | "owner">,
  store: Store,
): Promise<StoredTurn> {
  if (turn.running === null) return turn;
  const found = (await store.get("response", turn.running, owner))?.value as StoredResponse | undefined;
  const place = { id: turn.turn_id, messages: turn.input_messages, groups: turn.groups, before: turn };
  const run = { session, turn: place };
  if (found === undefined) {
    const error = {
      code: "response_deleted",
      message: `The response ${turn.running} of the turn was deleted`,
    };
    return { ...turn, completed_at: new Date().toISOString(), running: null, error };
  }
  const now = toTurn(run, found, turn.started_at);
  if (found.status === "queued" || found.status === "in_progress")
    return { ...now, completed_at: null, running: turn.running };
  const isGood = found.status === "completed" || found.status === "incomplete";
  const latest = await store.get("agent_session", session.session_id, owner);
  await store.write(
    putTurn(now, owner),
    // Nobody has gone on with the session meanwhile: a turn that runs holds it.
    ...((latest?.value as StoredSession | undefined)?.running === turn.turn_id
      ? [
          putSession(
            { ...session, running: null, lastResponse: isGood ? found.id : session.lastResponse },
            { agentId, owner },
          ),
        ]
      : []),
  );
  return now;
}

function toTurn(
  { turn, session }: Pick<TurnRun, "turn" | "session">,
  response: ResponseObject,
  startedAt: string,
): StoredTurn {
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
    running: null,
    ...(response.status === "failed" && response.error !== null && { error: response.error }),
    ...(response.status === "cancelled" && {
      error: { code: "client_disconnected", message: "The client went away before the turn had ended" },
    }),
  };
}

/** Tells the events of a response as those of a turn: a step is told as complete when the next begins. */
function createTeller(
  turnId: string,
  startedAt: string,
  tell: (payload: AgentTurnPayload) => Promise<void>,
): { tell: (event: ResponseEvent) => Promise<void>; end: () => Promise<void> } {
  const done: OutputItem[] = [];
  let step: { step_type: AgentStep["step_type"]; step_id: string } | null = null;
  const end = async (): Promise<void> => {
    const place = { turn_id: turnId, started_at: startedAt, completed_at: new Date().toISOString() };
    const details = toSteps(done.filter(Boolean), place).find(({ step_id: id }) => id === step?.step_id);
    if (step !== null && details !== undefined)
      await tell({ event_type: "step_complete", ...step, step_details: details });
    step = null;
  };
  const begin = async ({ type, id }: OutputItem): Promise<void> => {
    if (type === "mcp_list_tools" || type === "mcp_approval_request") return;
    const step_type = type === "message" || type === "function_call" ? "inference" : "tool_execution";
    if (step?.step_type === step_type) return;
    await end();
    step = { step_type, step_id: `step_${id}` };
    await tell({ event_type: "step_start", ...step });
  };
  return {
    end,
    async tell(event) {
      if (event.type === "response.output_item.added") await begin(event.item);
      else if (event.type === "response.output_text.delta" && step !== null) {
        const delta = { type: "text", text: event.delta } as const;
        await tell({ event_type: "step_progress", step_type: "inference", step_id: step.step_id, delta });
      } else if (event.type === "response.output_item.done") done[event.output_index] = event.item;
    },
  };
}

/** The id of a new turn. */
export const newTurnId = (): string => newId("turn_");
