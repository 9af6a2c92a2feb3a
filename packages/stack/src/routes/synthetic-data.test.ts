import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { GenerationRequest } from "@llamero/eval";
import { goodScript } from "../../../train/src/synth/fake-teacher.ts";
import type { SyntheticData } from "../api/synthetic-data.ts";
import { type Served, serveFake } from "../fake-server.ts";

const path = "/v1alpha/synthetic-data-generation/generate";

async function ask({ server }: Served, body: unknown): Promise<{ status: number; json: SyntheticData }> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as SyntheticData };
}

test("generate lets a served model write data like given conversations, and refuses what it may not do", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "llamero-synth-"));
  const earlier = process.env["LLAMERO_HOME"];
  process.env["LLAMERO_HOME"] = home;
  t.after(() => {
    if (earlier === undefined) delete process.env["LLAMERO_HOME"];
    else process.env["LLAMERO_HOME"] = earlier;
    rmSync(home, { recursive: true, force: true });
  });
  let seed = 1;
  const served = await serveFake(t, {
    contextLimit: 100_000,
    reply: (messages) => {
      const text = messages.map(({ content }) => content).join("\n");
      const answer =
        goodScript.find(([pattern]) => pattern.test(text))?.[1] ?? "It is a long and useful answer.";
      seed += 7;
      return typeof answer === "string" ? answer : answer(text, { seed } as GenerationRequest);
    },
  });
  const dialogs = ["How do I plant a tree?", "Name three rivers."].map((content) => [
    { role: "user", content },
  ]);
  const body = { model: "fake", dialogs, recipe: { teacher: { license: "apache-2.0" } } };
  const { status, json } = await ask(served, body);
  assert.equal(status, 200);
  assert.equal(json.error, null);
  assert.equal(json.status, "completed");
  assert.equal(json.statistics!["numItems"], 2);
  assert.ok(json.synthetic_data.length > 0 && Array.isArray(json.synthetic_data[0]!["messages"]));

  const unlicensed = await ask(served, { model: "fake", dialogs });
  assert.deepEqual([unlicensed.json.status, unlicensed.json.error?.code], ["failed", "license"]);
  for (const wrong of [
    { model: "fake" },
    { ...body, model: "none" },
    { ...body, filtering_function: "top_k" },
    { model: "fake", recipe: { tasks: [{ kind: "nothing" }] } },
    { model: "fake", recipe: { tasks: [{ kind: "instructions", seeds: ["/etc/passwd"], license: "mit" }] } },
    { model: "fake", recipe: { tasks: [{ kind: "instructions" }], out: "/tmp/x" } },
  ]) {
    const refused = await ask(served, wrong);
    assert.ok(refused.status === 400 || refused.status === 404, JSON.stringify(wrong));
  }
  assert.deepEqual(served.errors, []);
});
