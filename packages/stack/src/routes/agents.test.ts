import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentTurn, AgentTurnPayload } from "../api/agents.ts";
import { serveFake } from "../fake-server.ts";
import { openStore } from "../store/open-store.ts";

const sendTo = async (url: string, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${url}/v1alpha/agents${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

/** Makes an agent and a session, and gives the path of the session. */
async function begin(url: string, config: object): Promise<string> {
  const read = async (response: Response): Promise<Record<string, string>> =>
    (await response.json()) as never;
  const agent = await read(await sendTo(url, "POST", "", { agent_config: { model: "fake", ...config } }));
  const path = `/${agent["agent_id"]}`;
  const session = await read(await sendTo(url, "POST", `${path}/session`, { session_name: "s" }));
  return `${path}/session/${session["session_id"]}`;
}

async function payloads(response: Response): Promise<AgentTurnPayload[]> {
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: {"));
  return lines.map(
    (line) => (JSON.parse(line.slice(6)) as { event: { payload: AgentTurnPayload } }).event.payload,
  );
}
const messages = [{ role: "user", content: "Go" }];

test("/v1alpha/agents runs turns in sessions, waits for the client's tools, and tells steps", async (t) => {
  const { server, errors } = await serveFake(t, {
    reply: (messages) => {
      const last = messages.at(-1)!;
      if (last.role === "tool" && last.name === "calculator")
        return [{ id: "w", name: "weather", arguments: { city: "Faro" } }];
      if (last.role === "tool") return `It is ${last.content}`;
      return [{ id: "s", name: "calculator", arguments: { expression: "1+1" } }];
    },
  });
  const send = (method: string, path: string, body?: unknown): Promise<Response> =>
    sendTo(server.url, method, path, body);
  const read = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;
  const config = {
    model: "fake",
    instructions: "Help",
    toolgroups: ["builtin::calculator"],
    client_tools: [
      { name: "weather", description: "Weather", parameters: [{ name: "city", parameter_type: "string" }] },
    ],
  };
  const { agent_id: agent } = await read<{ agent_id: string }>(send("POST", "", { agent_config: config }));
  const { session_id: session } = await read<{ session_id: string }>(
    send("POST", `/${agent}/session`, { session_name: "s" }),
  );
  const path = `/${agent}/session/${session}`;
  const waiting = await read<AgentTurn>(send("POST", `${path}/turn`, { messages }));
  assert.deepEqual(
    waiting.steps.map(({ step_type }) => step_type),
    ["inference", "tool_execution", "inference"],
  );
  assert.equal(waiting.completed_at, null);
  const [call] = waiting.output_message.tool_calls;
  assert.deepEqual(call, { call_id: "w", tool_name: "weather", arguments: '{"city":"Faro"}' });
  const resume = `${path}/turn/${waiting.turn_id}/resume`;
  const tool_responses = [{ call_id: "w", tool_name: "weather", content: "sunny" }];
  const events = await payloads(await send("POST", resume, { tool_responses, stream: true }));
  assert.deepEqual(
    [...new Set(events.map(({ event_type: type }) => type))],
    ["step_start", "step_progress", "step_complete", "turn_complete"],
  );
  const last = events.at(-1)!;
  assert.equal("turn" in last && last.turn.output_message.content, "It is sunny");
  assert.equal((await send("POST", resume, { tool_responses })).status, 400);
  const { turns } = await read<{ turns: AgentTurn[] }>(send("GET", path));
  assert.equal(turns.length, 1);
  const step = turns[0]!.steps[0]!;
  const got = await read<{ step: { step_id: string } }>(
    send("GET", `${path}/turn/${waiting.turn_id}/step/${step.step_id}`),
  );
  assert.equal(got.step.step_id, step.step_id);
  const unknown = { agent_config: { ...config, toolgroups: ["builtin::magic"] } };
  assert.match(JSON.stringify(await read(send("POST", "", unknown))), /no tool group builtin::magic/);
  assert.equal((await send("DELETE", `/${agent}`)).status, 204);
  assert.equal((await send("GET", path)).status, 404);
  assert.deepEqual(errors, []);
});

test("steps that a turn streams are those that can be fetched, parallel calls in one", async (t) => {
  const sum = (id: string) => ({ id, name: "calculator", arguments: { expression: "1+1" } });
  const { server, errors } = await serveFake(t, {
    reply: (all) => (all.at(-1)!.role === "tool" ? "Done" : [sum("a"), sum("b")]),
  });
  const path = await begin(server.url, { toolgroups: ["builtin::calculator"] });
  const events = await payloads(await sendTo(server.url, "POST", `${path}/turn`, { messages, stream: true }));
  const begun = events.flatMap((event) => (event.event_type === "step_start" ? [event.step_id] : []));
  const ended = events.flatMap((event) => (event.event_type === "step_complete" ? [event.step_details] : []));
  const last = events.at(-1)!;
  assert.ok("turn" in last);
  assert.deepEqual(
    begun,
    last.turn.steps.map(({ step_id: id }) => id),
  );
  assert.deepEqual(
    ended.map(({ step_type: type }) => type),
    ["inference", "tool_execution", "inference"],
  );
  assert.equal(ended[1]!.step_type === "tool_execution" && ended[1]!.tool_responses.length, 2);
  for (const step of ended) {
    const found = await sendTo(server.url, "GET", `${path}/turn/${last.turn.turn_id}/step/${step.step_id}`);
    const { step: fetched } = (await found.json()) as { step: typeof step };
    assert.deepEqual({ ...fetched, completed_at: "" }, { ...step, completed_at: "" });
  }
  assert.deepEqual(errors, []);
});

test("a turn that a restart cuts goes on behind its last step, and its session with it", async (t) => {
  await using store = await openStore(":memory:");
  const sum = [{ id: "a", name: "calculator", arguments: { expression: "2+3" } }];
  const reply =
    (said: string) =>
    (all: readonly { role: string; content: string }[]): string | typeof sum => {
      const last = all.at(-1)!;
      return last.role === "tool" ? `${last.content} ${said}` : last.content === "Go" ? sum : `${all.length}`;
    };
  const before = await serveFake(t, { reply: reply("and ".repeat(1_000_000)) }, { store });
  const path = await begin(before.server.url, { toolgroups: ["builtin::calculator"] });
  const cut = sendTo(before.server.url, "POST", `${path}/turn`, { messages }).catch(() => null);
  while (before.model.calls.length < 2) await new Promise(setImmediate);
  const session = async (url: string): Promise<{ turns: AgentTurn[] }> =>
    (await (await sendTo(url, "GET", path)).json()) as never;
  const [running] = (await session(before.server.url)).turns;
  assert.deepEqual([running!.completed_at, running!.error], [null, undefined]);
  const second = await sendTo(before.server.url, "POST", `${path}/turn`, { messages });
  assert.equal(second.status, 409);
  await before.server.close({ graceMs: 0 });
  assert.notEqual((await cut)?.status, 200);
  const after = await serveFake(t, { reply: reply("at last") }, { store });
  let turn: AgentTurn;
  do turn = (await session(after.server.url)).turns[0]!;
  while (turn.completed_at === null);
  assert.equal(turn.output_message.content, "5 at last");
  assert.deepEqual(
    turn.steps.map(({ step_type: type }) => type),
    ["inference", "tool_execution", "inference"],
  );
  // The next turn knows what was said.
  const next = { messages: [{ role: "user", content: "More" }] };
  const more = (await (await sendTo(after.server.url, "POST", `${path}/turn`, next)).json()) as AgentTurn;
  assert.equal(more.output_message.content, "5");
  assert.deepEqual([...before.errors, ...after.errors], []);
});

test("a turn that fails is kept with its error, and the session goes on", async (t) => {
  let isBroken = true;
  const { server } = await serveFake(t, {
    reply: () => {
      if (isBroken) throw new RangeError("No");
      return "Yes";
    },
  });
  const path = await begin(server.url, {});
  assert.notEqual((await sendTo(server.url, "POST", `${path}/turn`, { messages })).status, 200);
  isBroken = false;
  assert.equal((await sendTo(server.url, "POST", `${path}/turn`, { messages })).status, 200);
  const { turns } = (await (await sendTo(server.url, "GET", path)).json()) as { turns: AgentTurn[] };
  assert.deepEqual(
    turns.map(({ completed_at: at, error }) => [at !== null, typeof error]),
    [
      [true, "object"],
      [true, "undefined"],
    ],
  );
});
