import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { modelPath } from "../../../core/src/testdata.ts";
import { serveFake } from "../fake-server.ts";
import { RemoteModels } from "./remote-models.ts";
import { RemoteProvider } from "./remote-provider.ts";

const port = 18_431;
const name = "SmolLM2-135M-Instruct.Q4_1.gguf";
const messages = [{ role: "user" as const, content: "Say hello." }];

test("remote::openai serves a model of llama.cpp's llama-server", async (t) => {
  const program = process.env["LLAMERO_LLAMA_SERVER"];
  if (program === undefined) return t.skip("needs LLAMERO_LLAMA_SERVER: path of llama.cpp's llama-server");
  const path = modelPath(name);
  if (path === null) return t.skip(`needs LLAMERO_MODELS: ${name}`);
  const flags = ["-m", path, "--port", String(port), "--alias", "smol", "-c", "512", "-t", "1"];
  const child = spawn(program, flags, { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/health`).catch(() => null))?.ok; tries++) {
    assert.ok(child.exitCode === null && tries < 120, "llama-server did not start");
    await sleep(500);
  }
  const provider = new RemoteProvider({ id: "cpp", preset: "llama-server", url: `${url}/v1` });
  const { client } = await serveFake(t, {}, { remote: new RemoteModels([provider]), checksAnswers: false });
  const listed = (await client.models.list()).data.map(({ id }) => id);
  assert.ok(listed.includes("cpp/smol"), listed.join());
  const ask = { model: "smol", messages, max_tokens: 8, temperature: 0 };
  const whole = await client.chat.completions.create(ask);
  assert.equal(whole.model, "cpp/smol");
  let text = "";
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
    assert.equal(chunk.model, "cpp/smol");
    text += chunk.choices[0]?.delta.content ?? "";
  }
  assert.equal(text, whole.choices[0]!.message.content);
});
