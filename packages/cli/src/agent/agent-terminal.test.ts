import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createAgent, tool } from "@llamero/stack";
import { FakeTextModel } from "../../../stack/src/fake-text-model.ts";
import { AgentView } from "./agent-view.ts";
import { AskApproval } from "./ask-approval.ts";

const screen = (): PassThrough & { text: () => string } => {
  const stream = new PassThrough();
  return Object.assign(stream, { text: () => String(stream.read() ?? "") });
};

/** Runs an agent that pays four times, and answers its questions with lines. */
async function pay(lines: string): Promise<{ shown: string; paid: string[] }> {
  const paid: string[] = [];
  const bank = tool({
    name: "pay",
    description: "Pays",
    needsApproval: true,
    parameters: { to: { type: "string" } },
    run: ({ to }) => {
      paid.push(String(to));
      return `paid ${to}`;
    },
  });
  const names = ["Ana\u001b[2J", "Ben", "Cleo", "Dan"];
  const model = new FakeTextModel({
    reply: (messages) => {
      const to = names[messages.filter(({ role }) => role === "tool").length];
      return to === undefined ? "All done" : [{ id: to, name: "pay", arguments: { to, amount: 3 } }];
    },
  });
  const [input, both] = [new PassThrough(), screen()];
  input.end(lines);
  const view = new AgentView({ output: both, notes: both });
  using approval = new AskApproval({ input, notes: both, onInterrupt: () => {} });
  await using agent = createAgent({ model, tools: [bank], approve: (call) => approval.ask(call) });
  for await (const event of agent.run("Pay them")) view.show(event);
  return { shown: both.text(), paid };
}

test("an approval shows the call, and takes yes, no and always", async () => {
  const { shown, paid } = await pay("what?\ny\nn\na\n");
  assert.deepEqual(paid, ["Ana\u001b[2J", "Cleo", "Dan"]);
  assert.ok(!shown.includes("\u001b"));
  assert.match(shown, /^\? functions\.pay wants to run\n {4}to {6}"Ana/);
  assert.equal(shown.match(/Run it\?/g)?.length, 4);
  assert.match(shown, /\npay was not allowed\n/);
  assert.match(shown, /\n> pay {2}to: "Cleo", amount: 3\n< paid Cleo \d+ ms\n> pay {2}to: "Dan", /);
  assert.match(shown, /\nAll done\n$/);
});

test("an approval that nobody answers any more is a no", async () => {
  const { shown, paid } = await pay("y\n");
  assert.deepEqual(paid, ["Ana\u001b[2J"]);
  assert.equal(shown.match(/was not allowed/g)?.length, 3);
});

test("AgentView ends a line of words before a step, and says when there was no answer", () => {
  const both = screen();
  const view = new AgentView({ output: both, notes: both });
  view.show({ type: "text", text: "Let me see" });
  view.show({ type: "call", id: "1", name: "f", arguments: "no JSON" });
  view.show({
    type: "result",
    id: "1",
    name: "f",
    text: "x".repeat(400),
    failed: true,
    ms: 1.4,
    agent: "helper",
  });
  const silent = new AgentView({ output: both, notes: both });
  silent.show({ type: "done", text: "", status: "incomplete", reason: "max_seconds", usage: null, ms: 1 });
  assert.equal(
    both.text(),
    `Let me see\n> f  no JSON\nhelper x ${"x".repeat(300)}... (400 characters) 1 ms\nThe model said nothing\nEnded early: max_seconds\n`,
  );
});
