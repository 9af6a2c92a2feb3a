import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentTurn, AgentTurnPayload } from "../api/agents.ts";
import { serveFake } from "../fake-server.ts";

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
  const send = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${server.url}/v1alpha/agents${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
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
  const messages = [{ role: "user", content: "Weather?" }];
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
  const response = await send("POST", resume, { tool_responses, stream: true });
  const events = (await response.text())
    .split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => (JSON.parse(line.slice(6)) as { event: { payload: AgentTurnPayload } }).event.payload);
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
