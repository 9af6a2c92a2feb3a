import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Message } from "@llamero/core";
import { serveFake } from "./fake-server.ts";
import type { FakeReply } from "./fake-text-model.ts";

const run = promisify(execFile);

/** A Python with the packages openai, llama-stack-client and schemathesis. */
const python = process.env["LLAMERO_PYTHON_CLIENTS"];
const needs = "needs LLAMERO_PYTHON_CLIENTS: a Python with openai, llama-stack-client and schemathesis";

const openai = `
import sys, io, importlib.metadata
from openai import OpenAI, NotFoundError
c = OpenAI(base_url=sys.argv[1] + "/v1", api_key="none", max_retries=0)
m = [{"role": "user", "content": "hi there"}]
assert any(x.id.endswith("fake") for x in c.models.list())
assert c.chat.completions.create(model="fake", messages=m).choices[0].message.content == "Echo: hi there"
s = c.chat.completions.create(model="fake", messages=m, stream=True, stream_options={"include_usage": True})
chunks = list(s)
assert "".join(x.choices[0].delta.content or "" for x in chunks if x.choices) == "Echo: hi there"
assert chunks[-1].usage.completion_tokens == 3
assert c.completions.create(model="fake", prompt="hi").choices[0].text == "Echo: hi"
assert len(c.embeddings.create(model="fake", input=["a b", "c"]).data) == 2
r = c.responses.create(model="fake", input="hi")
assert r.output_text == "Echo: hi" and c.responses.retrieve(r.id).id == r.id
with c.responses.stream(model="fake", input="again", previous_response_id=r.id) as events:
    assert events.get_final_response().output_text == "Echo: again"
f = c.files.create(file=("a.jsonl", io.BytesIO(b'{"a":1}\\n')), purpose="batch")
assert c.files.content(f.id).read() == b'{"a":1}\\n'
assert c.files.delete(f.id).deleted
v = c.conversations.create(items=[{"type": "message", "role": "user", "content": "x"}])
assert c.conversations.retrieve(v.id).id == v.id
try:
    c.files.retrieve(f.id)
    raise SystemExit("no 404")
except NotFoundError:
    pass
print("openai", importlib.metadata.version("openai"))
`;

const llamaStack = `
import sys, importlib.metadata
from llama_stack_client import LlamaStackClient
c = LlamaStackClient(base_url=sys.argv[1], max_retries=0)
assert c.inspect.version().version
assert c.inspect.health().status == "OK"
assert len(c.providers.list()) > 0
assert len(c.routes.list()) > 50
assert len(list(c.models.list())) == 1
from llama_stack_client import Agent
def weather(city: str) -> str:
    """Weather of a city

    :param city: name of the city
    :returns: the weather
    """
    return "sunny in " + city
a = Agent(c, model="fake", instructions="Help", tools=[weather, "builtin::calculator"],
    sampling_params={"strategy": {"type": "top_p", "temperature": 0.5, "top_p": 0.9}, "max_tokens": 100}, max_infer_iters=5)
s = a.create_session("s")
ask = [{"role": "user", "content": "Agent: weather?"}]
events = [x.event.payload for x in a.create_turn(ask, session_id=s)]
kinds = [x.event_type for x in events]
assert kinds[0] == "turn_start" and "turn_awaiting_input" in kinds and kinds[-1] == "turn_complete", kinds
turn = events[-1].turn
assert turn.output_message.content == "2 and \\"sunny in Faro\\"", turn.output_message.content
for x in events:
    if x.event_type == "step_complete":
        assert c.agents.steps.retrieve(x.step_id, agent_id=a.agent_id, session_id=s, turn_id=turn.turn_id).step.step_id == x.step_id
assert c.agents.turn.retrieve(turn.turn_id, agent_id=a.agent_id, session_id=s).completed_at is not None
whole = a.create_turn([{"role": "user", "content": "hi"}], session_id=s, stream=False)
assert whole.output_message.content == "Echo: hi", whole
assert len(c.agents.session.retrieve(s, agent_id=a.agent_id).turns) == 2
c.agents.session.delete(s, agent_id=a.agent_id)
c.agents.delete(a.agent_id)
print("llama-stack-client", importlib.metadata.version("llama_stack_client"))
`;

/** Echoes, or as an agent computes, asks the client for the weather, and says both. */
const reply = (messages: readonly Message[]): FakeReply => {
  const last = messages.findLastIndex(({ role }) => role === "user");
  const { content } = messages[last]!;
  if (!content.startsWith("Agent:")) return `Echo: ${content}`;
  const results = messages.slice(last).flatMap((each) => (each.role === "tool" ? [each.content] : []));
  if (results.length === 0) return [{ id: "sum", name: "calculator", arguments: { expression: "1+1" } }];
  if (results.length === 1) return [{ id: "sky", name: "weather", arguments: { city: "Faro" } }];
  return results.join(" and ");
};

for (const [name, script] of [
  ["openai", openai],
  ["llama-stack-client", llamaStack],
] as const) {
  test(`the Python package ${name} works with the server`, async (t) => {
    if (python === undefined) return t.skip(needs);
    const { server } = await serveFake(t, { reply });
    const { stdout } = await run(python, ["-c", script, server.url], { timeout: 600_000 });
    assert.match(stdout, new RegExp(`^${name} \\d`));
    t.diagnostic(stdout.trim());
  });
}

test("schemathesis finds no answer of the server that its own interface file does not allow", {
  timeout: 7_200_000,
}, async (t) => {
  if (python === undefined) return t.skip(needs);
  const script = fileURLToPath(new URL("../../../bench/schemathesis.ts", import.meta.url));
  const flags = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const { stdout } = await run(process.execPath, [...flags, script, join(dirname(python), "st")], {
    timeout: 7_100_000,
    maxBuffer: 2 ** 26,
  }).catch((error: { stdout?: string; message: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ""}`);
  });
  t.diagnostic(stdout.trim().split("\n").slice(-12).join("\n"));
});
