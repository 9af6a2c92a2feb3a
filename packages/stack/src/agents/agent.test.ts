import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, ToolCall } from "@llamero/core";
import { type FakeReply, FakeTextModel } from "../fake-text-model.ts";
import { calculatorTool } from "../tools/calculator.ts";
import { tool } from "../tools/define-tool.ts";
import { fakeMcp } from "../tools/mcp/fake-mcp-server.ts";
import { type AgentOptions, createAgent } from "./agent.ts";
import type { AgentEvent } from "./agent-events.ts";

const call = (id: string, name: string, args: ToolCall["arguments"] = {}): ToolCall => ({
  id,
  name,
  arguments: args,
});

function model(...turns: readonly (readonly ToolCall[])[]): FakeTextModel {
  return new FakeTextModel({
    reply: (messages: readonly Message[]): FakeReply => {
      const numDone = messages.filter(({ role }) => role === "assistant").length;
      const results = messages.filter(({ role }) => role === "tool").map(({ content }) => content);
      return turns[numDone] ?? `Got ${results.join(", ")}`;
    },
  });
}

async function collect(options: AgentOptions): Promise<AgentEvent[]> {
  await using agent = createAgent(options);
  const events: AgentEvent[] = [];
  for await (const event of agent.run("Do it")) events.push(event);
  return events;
}

test("createAgent runs functions in this process and tells each step", async () => {
  const weather = tool({
    name: "weather",
    description: "Weather of a city",
    parameters: { city: { type: "string" } },
    run: ({ city }) => `rain in ${city}`,
  });
  const events = await collect({
    model: model([call("a", "weather", { city: "Faro" }), call("b", "calculator", { expression: "1+1" })]),
    instructions: "Be brief",
    tools: [weather, calculatorTool],
  });
  assert.deepEqual(
    events
      .filter(({ type }) => type !== "text")
      .map((event) => [event.type, "name" in event ? event.name : ""]),
    [
      ["call", "weather"],
      ["call", "calculator"],
      // The quick one is first.
      ["result", "calculator"],
      ["result", "weather"],
      ["done", ""],
    ],
  );
  const last = events.at(-1)!;
  assert.deepEqual(last.type === "done" && [last.text, last.status], ["Got rain in Faro, 2", "completed"]);
});

test("an agent asks before calls that need it, and refuses them where nobody is there", async (t) => {
  const mcp = await fakeMcp(t, { tools: [{ name: "pay", run: () => "paid" }] });
  const buy = tool({ name: "buy", description: "Buys", needsApproval: true, run: () => "bought" });
  const options = {
    tools: [buy],
    mcp: [{ label: "bank", url: mcp.url, approval: "never" as const }],
  };
  const turns = [[call("a", "buy")], [call("b", "pay")]];
  const asked: string[] = [];
  const agreed = await collect({
    ...options,
    model: model(...turns),
    approve: ({ name }) => {
      asked.push(name);
      return true;
    },
  });
  assert.deepEqual(asked, ["buy", "pay"]);
  const last = agreed.at(-1)!;
  assert.equal(last.type === "done" && last.text, "Got bought, paid");
  const alone = (await collect({ ...options, model: model(...turns) })).at(-1)!;
  assert.match(
    alone.type === "done" ? alone.text : "",
    /did not agree to this call: nobody is there to agree/,
  );
  // Nothing of strangers was read this time, so that `never` still holds for the server.
  assert.equal(mcp.calls.length, 2);
});

test("an agent can be a tool of another, and its steps are seen", async () => {
  const seen: AgentEvent[] = [];
  const onEvent = (event: AgentEvent): void => void seen.push(event);
  const helper = createAgent({
    model: model([call("h", "calculator", { expression: "2*3" })]),
    tools: [calculatorTool],
    onEvent,
  });
  const sub = helper.asTool({ name: "helper", description: "Helps" });
  const events = await collect({
    model: model([call("a", "helper", { task: "Compute" })]),
    tools: [sub],
    maxSteps: 4,
  });
  const last = events.at(-1)!;
  assert.equal(last.type === "done" && last.text, "Got Got 6");
  assert.deepEqual(
    seen.filter(({ type }) => type === "call" || type === "done").map(({ agent }) => agent),
    ["helper", "helper"],
  );
});

test("the limits of a run hold over its approvals", async () => {
  let asked = 0;
  const again = { ...calculatorTool, name: "again", needsApproval: true };
  const endless = new FakeTextModel({ reply: () => [call(`c${asked}`, "again", { expression: "1" })] });
  const approve = (): boolean => ++asked < 50;
  const events = await collect({ model: endless, tools: [again], approve, maxSteps: 3 });
  const last = events.at(-1)!;
  assert.ok(last.type === "done");
  assert.deepEqual([last.status, last.reason], ["incomplete", "max_infer_iters"]);
  assert.ok(asked < 4, `asked ${asked} times`);
});
