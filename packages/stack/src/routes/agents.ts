import {
  newTurnId,
  runTurn,
  type StoredSession,
  type StoredTurn,
  settleTurn,
  type TurnRun,
} from "../agents/run-turn.ts";
import { turnInput, turnRequest } from "../agents/turn-request.ts";
import {
  type AgentObject,
  type AgentSession,
  type AgentTurn,
  agentCreatedSchema,
  agentListSchema,
  agentSchema,
  agentSessionSchema,
  agentTurnSchema,
  createAgentSchema,
  createSessionSchema,
  createTurnSchema,
  resumeTurnSchema,
  sessionCreatedSchema,
  sessionListSchema,
  stepAnswerSchema,
  turnEventSchema,
} from "../api/agents.ts";
import type { ItemParam } from "../api/responses-items.ts";
import { answered } from "../http/add-route.ts";
import { type AnyRoute, defineRoute, type RouteRequest } from "../http/define-route.ts";
import { HttpError, toHttpError } from "../http/http-error.ts";
import type { Store } from "../store/store.ts";
import type { RouteServices } from "./services.ts";
import { getStored, listAll, newId, notFound, toJson } from "./stored-objects.ts";

const common = { tag: "Agents", level: "experimental" } as const;
const agentPath = "/v1alpha/agents/{agent_id}";
const sessionPath = `${agentPath}/session/{session_id}`;
const turnPath = `${sessionPath}/turn/{turn_id}`;

type Params = Readonly<Record<string, string>>;

async function findAgent(store: Store, params: Params, owner: string): Promise<AgentObject> {
  const found = await getStored(store, { kind: "agent", id: params["agent_id"]!, owner, what: "agent" });
  return found.value as unknown as AgentObject;
}

async function findSession(store: Store, params: Params, owner: string): Promise<StoredSession> {
  const { agent_id: id } = await findAgent(store, params, owner);
  const found = await store.get("agent_session", params["session_id"]!, owner);
  if (found === null || found.parent !== id) throw notFound("session", params["session_id"]!);
  return found.value as unknown as StoredSession;
}

async function findTurn(store: Store, params: Params, owner: string): Promise<StoredTurn> {
  const session = await findSession(store, params, owner);
  const agentId = params["agent_id"]!;
  const found = await store.get("agent_turn", params["turn_id"]!, owner);
  if (found === null || found.parent !== session.session_id) throw notFound("turn", params["turn_id"]!);
  return await settleTurn(found.value as unknown as StoredTurn, { agentId, session, owner }, store);
}

async function toSession(
  store: Store,
  session: StoredSession,
  { agentId, owner }: { agentId: string; owner: string },
): Promise<AgentSession> {
  const { lastResponse: _, running: __, ...shown } = session;
  const found = await listAll(store, "agent_turn", { owner, parent: session.session_id });
  const turns: AgentTurn[] = [];
  for (const { value } of found)
    turns.push(toTurn(await settleTurn(value as unknown as StoredTurn, { agentId, session, owner }, store)));
  return { ...shown, turns };
}

const toTurn = ({ groups: _, running: __, ...turn }: StoredTurn): AgentTurn => turn;

/** A session that no turn is running in. */
async function freeSession(store: Store, params: Params, owner: string): Promise<StoredSession> {
  const session = await findSession(store, params, owner);
  if (session.running === null) return session;
  const turn = await findTurn(store, { ...params, turn_id: session.running }, owner);
  if (turn.running === null) return { ...(await findSession(store, params, owner)), running: null };
  throw new HttpError(409, `The turn ${turn.turn_id} of this session is still running`, {
    code: "turn_running",
  });
}

/** Answers with a turn, or with its events. */
async function answerTurn(
  run: TurnRun,
  request: RouteRequest<{ stream?: boolean | null | undefined }, undefined>,
  services: RouteServices,
): Promise<AgentTurn | Response> {
  const interrupts = { disconnected: request.disconnected, ended: services.ended };
  if (request.body.stream !== true) return toTurn(await runTurn(run, services, interrupts, async () => {}));
  const stream = request.stream();
  try {
    await runTurn(run, services, interrupts, (payload) => stream.send({ event: { payload } }));
    // The clients of this interface know no [DONE].
    await stream.close();
  } catch (error) {
    stream.stopClock();
    if (!stream.isOpen) throw error;
    const failure = toHttpError(error);
    if (failure.status === 500) services.onError(error);
    await stream.end(failure.body);
  }
  return answered;
}

const routes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1alpha/agents",
    summary: "Create an agent",
    body: createAgentSchema,
    response: agentCreatedSchema,
    async handle({ body: { agent_config: config }, owner }, { store, models }) {
      models.find(config.model);
      // What it cannot have is said now, not in its first turn.
      turnRequest(config, [], { previous: null, groups: config.toolgroups ?? [] });
      const agent: AgentObject = {
        agent_id: newId("agent_"),
        agent_config: config,
        created_at: new Date().toISOString(),
      };
      await store.write({ write: "put", kind: "agent", id: agent.agent_id, owner, value: toJson(agent) });
      return { agent_id: agent.agent_id };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1alpha/agents",
    summary: "List agents",
    response: agentListSchema,
    async handle({ owner }, { store }) {
      const all = await listAll(store, "agent", { owner });
      return { data: all.map(({ value }) => value as unknown as AgentObject) };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: agentPath,
    summary: "Get an agent",
    response: agentSchema,
    handle: ({ params, owner }, { store }) => findAgent(store, params, owner),
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: agentPath,
    summary: "Delete an agent with its sessions",
    response: null,
    async handle({ params, owner }, { store }) {
      const { agent_id: id } = await findAgent(store, params, owner);
      const sessions = await listAll(store, "agent_session", { owner, parent: id });
      await store.write(
        ...sessions.map(
          (session) => ({ write: "deleteChildren", kind: "agent_turn", parent: session.id, owner }) as const,
        ),
        { write: "deleteChildren", kind: "agent_session", parent: id, owner },
        { write: "delete", kind: "agent", id, owner },
      );
      return undefined;
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${agentPath}/session`,
    summary: "Begin a session with an agent",
    body: createSessionSchema,
    response: sessionCreatedSchema,
    async handle({ params, body, owner }, { store }) {
      const { agent_id: parent } = await findAgent(store, params, owner);
      const session: StoredSession = {
        session_id: newId("session_"),
        session_name: body.session_name,
        started_at: new Date().toISOString(),
        lastResponse: null,
        running: null,
      };
      const { session_id: id } = session;
      await store.write({ write: "put", kind: "agent_session", id, owner, parent, value: toJson(session) });
      return { session_id: id };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${agentPath}/sessions`,
    summary: "List the sessions of an agent",
    response: sessionListSchema,
    async handle({ params, owner }, { store }) {
      const { agent_id: parent } = await findAgent(store, params, owner);
      const all = await listAll(store, "agent_session", { owner, parent });
      return {
        data: await Promise.all(
          all.map(({ value }) =>
            toSession(store, value as unknown as StoredSession, { agentId: parent, owner }),
          ),
        ),
      };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: sessionPath,
    summary: "Get a session with its turns",
    response: agentSessionSchema,
    handle: async ({ params, owner }, { store }) =>
      toSession(store, await findSession(store, params, owner), { agentId: params["agent_id"]!, owner }),
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: sessionPath,
    summary: "Delete a session with its turns",
    response: null,
    async handle({ params, owner }, { store }) {
      const { session_id: id } = await findSession(store, params, owner);
      await store.write(
        { write: "deleteChildren", kind: "agent_turn", parent: id, owner },
        { write: "delete", kind: "agent_session", id, owner },
      );
      return undefined;
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${sessionPath}/turn`,
    summary: "Run a turn of an agent",
    body: createTurnSchema,
    response: agentTurnSchema,
    events: turnEventSchema,
    async handle(request, services) {
      const { params, body, owner } = request;
      const { agent_id: agentId, agent_config: config } = await findAgent(services.store, params, owner);
      const session = await freeSession(services.store, params, owner);
      const groups = [...(config.toolgroups ?? []), ...(body.toolgroups ?? [])];
      const turn = { id: newTurnId(), messages: body.messages, groups, before: null };
      const run: TurnRun = { agentId, config, session, owner, turn, input: turnInput(body.messages) };
      return await answerTurn(run, request as never, services);
    },
  }),
  defineRoute({
    ...common,
    method: "POST",
    path: `${turnPath}/resume`,
    summary: "Go on with a turn that waits: results of the client's tools, and what somebody agreed to",
    body: resumeTurnSchema,
    response: agentTurnSchema,
    events: turnEventSchema,
    async handle(request, services) {
      const { params, body, owner } = request;
      const { agent_id: agentId, agent_config: config } = await findAgent(services.store, params, owner);
      const session = await freeSession(services.store, params, owner);
      const before = await findTurn(services.store, params, owner);
      if (before.completed_at !== null) {
        throw new HttpError(400, `The turn ${before.turn_id} waits for nothing`, {
          code: "turn_not_waiting",
        });
      }
      const input: ItemParam[] = [
        ...(body.tool_responses ?? []).map(
          ({ call_id, content }): ItemParam => ({
            type: "function_call_output",
            call_id,
            output: typeof content === "string" ? content : content.map(({ text }) => text).join("\n"),
          }),
        ),
        ...(body.approvals ?? []).map(
          ({ call_id: id, approve }): ItemParam => ({
            type: "mcp_approval_response",
            approval_request_id: id,
            approve,
          }),
        ),
      ];
      if (input.length === 0)
        throw new HttpError(400, "Give tool_responses or approvals", {
          param: "tool_responses",
          code: "invalid_value",
        });
      const turn = { id: before.turn_id, messages: before.input_messages, groups: before.groups, before };
      return await answerTurn({ agentId, config, session, owner, turn, input }, request as never, services);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: turnPath,
    summary: "Get a turn",
    response: agentTurnSchema,
    handle: async ({ params, owner }, { store }) => toTurn(await findTurn(store, params, owner)),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${turnPath}/step/{step_id}`,
    summary: "Get a step of a turn",
    response: stepAnswerSchema,
    async handle({ params, owner }, { store }) {
      const turn = await findTurn(store, params, owner);
      const step = turn.steps.find(({ step_id: id }) => id === params["step_id"]);
      if (step === undefined) throw notFound("step", params["step_id"]!);
      return { step };
    },
  }),
];

/** The agents of 2024, on the loop of responses; under /v1 as well, where clients of their time look for them. */
export const agentRoutes: readonly AnyRoute[] = [
  ...routes,
  ...routes.map((route) => ({
    ...route,
    path: route.path.replace("/v1alpha/", "/v1/"),
    level: "deprecated" as const,
  })),
];
