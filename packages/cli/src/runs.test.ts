import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunPart } from "@llamero/stack/runs";
import type { RunEvent } from "@llamero/train";
import { createFakeHome } from "./fake-home.ts";
import { sparkline } from "./runs/sparkline.ts";

const home = createFakeHome();

before(() => {
  const events: RunEvent[] = [];
  for (let step = 1; step <= 20; step++)
    events.push({
      event: "step",
      step,
      tokens: step * 100,
      loss: 5 - step / 10,
      learningRate: 1e-4,
      gradientNorm: 1,
      tokensPerSecond: 5000,
      seconds: step,
    });
  events.push({ event: "eval", step: 20, values: { validationLoss: 3.5 } });
  events.push({ event: "sample", step: 20, prompt: "Hello", text: " \u001b[2Jthere" });
  events.push({ event: "done", step: 20, seconds: 20, stopped: "finished" });
  for (const name of ["tiny", "group/other"]) {
    mkdirSync(join(home.path, "runs", name), { recursive: true });
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    writeFileSync(join(home.path, "runs", name, "metrics.jsonl"), lines);
  }
});

test("runs ls lists runs in folders of folders, as a table and as JSON", async () => {
  const table = await home.llamero(["runs", "ls"]);
  assert.match(table.stdout, /^NAME +STATUS +STEP/);
  assert.match(table.stdout, /group\/other +finished +20 +3 +5,000 +0:20/);
  const json = JSON.parse((await home.llamero(["runs", "ls", "--json"])).stdout) as { name: string }[];
  assert.deepEqual(json.map(({ name }) => name).sort(), ["group/other", "tiny"]);
  const none = await home.llamero(["runs", "ls", "--folder", join(home.path, "nowhere")]);
  assert.deepEqual([none.code, none.stdout], [0, ""]);
  assert.match(none.stderr, /No runs in .*nowhere yet/);
});

test("runs show draws curves, takes ends of names and paths, and keeps samples from the terminal", async () => {
  const { stdout } = await home.llamero(["runs", "show", "other"]);
  assert.match(stdout, /^group\/other {2}finished\nstep 20, 2,000 tokens, 0:20 of training/);
  assert.match(stdout, /loss +█+▇.*▁ +4\.9 +3 +3 +4\.9/);
  assert.match(stdout, /validationLoss +▄ +3\.5/);
  assert.match(stdout, /sample at step 20: Hello\| \[2Jthere/);
  const byPath = await home.llamero(["runs", "show", join(home.path, "runs", "tiny"), "--json"]);
  const { name, parts } = JSON.parse(byPath.stdout) as { name: string; parts: RunPart[] };
  assert.deepEqual([name, parts[0]!.steps.step.length], ["tiny", 20]);
  const wrong = await home.llamero(["runs", "show", "tony"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /There is no run tony in .*runs[\s\S]*Did you mean tiny\?/);
});

test("sparkline draws the means of parts, with blanks where nothing is known", () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
  assert.equal(sparkline([0, 0, 7, 7], 2), "▁█");
  assert.equal(sparkline([1, null, 1], 3), "▄ ▄");
  assert.equal(sparkline([], 5), "");
});

test("runs serves the page and the list to this machine until interrupted", async (t) => {
  const words = ["--conditions=@llamero/source", "--import", import.meta.resolve("tsx")];
  const entry = fileURLToPath(new URL("./run.ts", import.meta.url));
  const child = spawn(process.execPath, [...words, entry, "runs", "--port", "0"], {
    env: { ...process.env, LLAMERO_HOME: home.path },
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const isUp = (): boolean => output.includes("Ctrl-C") || child.exitCode !== null;
  while (!isUp()) await new Promise((resolve) => setTimeout(resolve, 20));
  if (output.includes("not built")) return t.skip("needs packages/web/dist");
  const url = /at (http:\/\/127\.0\.0\.1:\d+)/.exec(output)![1]!;
  assert.match(await (await fetch(url)).text(), /<title>Runs · Llamero<\/title>/);
  const { runs } = (await (await fetch(`${url}/runs`)).json()) as { runs: unknown[] };
  assert.equal(runs.length, 2);
  const ended = once(child, "exit");
  child.kill("SIGINT");
  const [code] = await ended;
  assert.ok(code === 0 || code === 130, String(code));
});
