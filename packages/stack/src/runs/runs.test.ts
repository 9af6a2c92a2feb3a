import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RunPart, RunsMessage } from "../api/runs.ts";
import { serveFake } from "../fake-server.ts";
import { RunFollower, readRun } from "./follow-run.ts";
import { listRuns } from "./list-runs.ts";
import { startRunsServer } from "./runs-server.ts";

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "llamero-runs-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const step = (at: number, loss: number | null, more = {}): string =>
  `${JSON.stringify({ event: "step", step: at, tokens: at * 100, loss, learningRate: 1e-3, gradientNorm: 1, tokensPerSecond: 500, seconds: at / 5, ...more })}\n`;

function makeRun(folder: string, name: string, lines: string): string {
  mkdirSync(join(folder, name), { recursive: true });
  const path = join(folder, name, "metrics.jsonl");
  writeFileSync(path, lines);
  return path;
}

test("RunFollower tells what is new, waits for whole lines and starts anew after a step back", async (t) => {
  const folder = makeFolder(t);
  const path = makeRun(folder, "a", step(1, 4) + step(2, 3).slice(0, 20));
  const follower = new RunFollower(folder, "a");
  assert.deepEqual((await follower.next())?.steps.step, [1]);
  assert.equal(await follower.next(), null);
  appendFileSync(path, step(2, 3).slice(20) + step(3, 2));
  const part = (await follower.next())!;
  assert.deepEqual([part.isReset, part.steps.step, part.steps.curves["loss"]], [false, [2, 3], [3, 2]]);
  truncateSync(path, step(1, 4).length);
  // As long as before, but not the same.
  appendFileSync(path, step(2, 9) + step(3, 8));
  const again = (await follower.next())!;
  assert.deepEqual([again.isReset, again.steps.curves["loss"]], [true, [4, 9, 8]]);
  assert.equal(again.at, (step(1, 4) + step(2, 9) + step(3, 8)).length);
});

test("RunFollower goes on where another left off, and begins anew where no line ends there", async (t) => {
  const folder = makeFolder(t);
  makeRun(folder, "a", step(1, 4) + step(2, 3));
  const at = step(1, 4).length;
  assert.deepEqual((await new RunFollower(folder, "a", at).next())?.steps.step, [2]);
  for (const wrong of [at - 3, 10_000]) {
    const part = (await new RunFollower(folder, "a", wrong).next())!;
    assert.deepEqual([part.isReset, part.steps.step], [true, [1, 2]]);
  }
});

test("readRun keeps columns together and names lines it cannot read", async (t) => {
  const folder = makeFolder(t);
  makeRun(
    folder,
    "b",
    `${step(1, 4)}${step(2, null, { more: { accuracy: 0.5 } })}nonsense\n${JSON.stringify({ event: "eval", step: 2, values: { validationLoss: 3 } })}\n${JSON.stringify({ event: "sample", step: 2, prompt: "p", text: "t" })}\n`,
  );
  const [part] = (await readRun(folder, "b")) as [RunPart];
  assert.deepEqual(part.steps.curves["accuracy"], [null, 0.5]);
  assert.deepEqual(part.steps.curves["loss"], [4, null]);
  assert.deepEqual(part.evals, [{ step: 2, values: { validationLoss: 3 } }]);
  assert.deepEqual(part.samples, [{ step: 2, prompt: "p", text: "t" }]);
  assert.match(part.notes[0]!.text, /cannot be read: nonsense/);
});

test("listRuns finds runs in folders of folders with their status", async (t) => {
  const folder = makeFolder(t);
  makeRun(folder, "one", step(5, 2));
  makeRun(
    folder,
    "cria/pretrain",
    `${step(9, 1)}${JSON.stringify({ event: "done", step: 9, seconds: 2, stopped: "failed", why: "NaN" })}\n`,
  );
  writeFileSync(join(folder, "cria/pretrain/run.json"), '{"recipe": {"batch": {"steps": 40}}}');
  const runs = new Map((await listRuns(folder)).map((run) => [run.name, run]));
  assert.deepEqual([...runs.keys()].sort(), ["cria/pretrain", "one"]);
  const failed = runs.get("cria/pretrain")!;
  assert.deepEqual([failed.status, failed.why, failed.totalSteps, failed.loss], ["failed", "NaN", 40, 1]);
  assert.equal(runs.get("one")!.status, "running");
  assert.deepEqual(await listRuns(join(folder, "nowhere")), []);
});

test("startRunsServer lists runs, streams what they add and reads nothing else", async (t) => {
  const folder = makeFolder(t);
  const path = makeRun(folder, "runs/a b", step(1, 4));
  const webRoot = join(folder, "page");
  mkdirSync(webRoot);
  writeFileSync(join(webRoot, "index.html"), "<!doctype html>");
  const server = await startRunsServer({ folder: join(folder, "runs"), webRoot, port: 0, pollMs: 20 });
  t.after(() => server.close({ graceMs: 0 }));
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:/);
  assert.equal(await (await fetch(server.url)).text(), "<!doctype html>");
  const list = (await (await fetch(`${server.url}/runs`)).json()) as { runs: { name: string }[] };
  assert.deepEqual(
    list.runs.map(({ name }) => name),
    ["a b"],
  );
  for (const bad of ["run=..%2Fpage", "run=x", "run=a%20b&at=-1"]) {
    const { status } = await fetch(`${server.url}/runs/events?${bad}`);
    assert.ok(status === 404 || status === 400, bad);
  }
  const foreign = await fetch(`${server.url}/runs`, { headers: { Origin: "http://evil.example" } });
  assert.equal(foreign.status, 403);
  const response = await fetch(`${server.url}/runs/events?run=a%20b&at=0`);
  assert.match(response.headers.get("content-type")!, /event-stream/);
  const messages = readMessages(response);
  const first = await messages.next();
  assert.equal((first.value as RunsMessage).type, "runs");
  const part = (await messages.next()).value as RunPart;
  assert.deepEqual([part.run, part.steps.step], ["a b", [1]]);
  appendFileSync(path, step(2, 3));
  let later: RunsMessage;
  do later = (await messages.next()).value as RunsMessage;
  while (later.type !== "part");
  assert.deepEqual([later.steps.step, later.at], [[2], (step(1, 4) + step(2, 3)).length]);
  await messages.return(undefined);
});

async function* readMessages(response: Response): AsyncGenerator<RunsMessage, void> {
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split("\n\n");
    rest = events.pop()!;
    for (const event of events)
      if (event.startsWith("data: ")) yield JSON.parse(event.slice(6)) as RunsMessage;
  }
}

test("a server shows its runs to admins alone, and its pages at the names of their folders", async (t) => {
  const folder = makeFolder(t);
  makeRun(join(folder, "runs"), "a", step(1, 4));
  const webRoot = join(folder, "pages");
  mkdirSync(join(webRoot, "models"), { recursive: true });
  writeFileSync(join(webRoot, "index.html"), "first");
  writeFileSync(join(webRoot, "models/index.html"), "models");
  const keys = [
    { name: "reader", key: "reader", scopes: ["read"] as const },
    { name: "admin", key: "admin", scopes: ["admin"] as const },
  ];
  const { server } = await serveFake(t, {}, { webRoot, keys, runsFolder: join(folder, "runs") });
  const get = (path: string, key = ""): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      redirect: "manual",
      ...(key !== "" && { headers: { Authorization: `Bearer ${key}` } }),
    });
  assert.equal((await get("/runs")).status, 401);
  assert.equal((await get("/runs", "reader")).status, 403);
  const { runs } = (await (await get("/runs", "admin")).json()) as { runs: { name: string }[] };
  assert.equal(runs[0]!.name, "a");
  assert.equal(await (await get("/")).text(), "first");
  assert.equal(await (await get("/models/")).text(), "models");
  const moved = await get("/models");
  assert.equal(new URL(moved.headers.get("location")!, moved.url).pathname, "/models/");
  assert.equal((await get("/models/..%2findex.html")).status, 404);
});
