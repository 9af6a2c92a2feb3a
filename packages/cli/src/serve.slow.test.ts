import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { floatTensor, loadModel, renameTensor, writeGguf } from "@llamero/core";
import { healthSchema, type ModelHealth } from "@llamero/stack/api/health";
import type { ServerStatus } from "@llamero/stack/api/server-status";
import { tinyMetadata, tinyTensors } from "./fake-model.ts";
import { callCommand } from "./fake-terminal.ts";

let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "llamero-serve-"));
  await mkdir(join(home, "models"));
  for (const name of ["one", "two"]) {
    writeGguf(join(home, "models", `${name}.gguf`), {
      metadata: tinyMetadata("llama"),
      tensors: tinyTensors.map((tensor) =>
        floatTensor(renameTensor(tensor.name, "hf", "gguf")!, tensor.shape, tensor.values),
      ),
    });
  }
});

after(() => rm(home, { recursive: true, force: true }));

interface Serving {
  child: ChildProcess;
  url: string;
  health(): Promise<ModelHealth[]>;
  answer(model: string): Promise<string>;
}

async function serve(t: TestContext, words: readonly string[]): Promise<Serving> {
  const loader = new URL("../../../tools/typescript/register.mjs", import.meta.url).href;
  const flags = ["--conditions=@llamero/source", "--import", loader];
  const entry = fileURLToPath(new URL("./run.ts", import.meta.url));
  const child = spawn(process.execPath, [...flags, entry, "serve", ...words, "--port", "0"], {
    env: { ...process.env, LLAMERO_HOME: home },
    stdio: ["ignore", "inherit", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let stderr = "";
  child.stderr!.on("data", (bytes) => {
    stderr += String(bytes);
  });
  while (!/ at (http:\S+)/.test(stderr)) {
    assert.equal(child.exitCode, null, stderr);
    await sleep(50);
  }
  const url = / at (http:\S+)/.exec(stderr)![1]!;
  return {
    child,
    url,
    health: async () => healthSchema.parse(await (await fetch(`${url}/v1/health`)).json()).models,
    answer: async (model) => {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          model,
          temperature: 0,
          max_tokens: 8,
          messages: [{ role: "user", content: "Hi" }],
        }),
      });
      const body = (await response.json()) as { choices: { message: { content: string } }[] };
      assert.equal(response.status, 200, JSON.stringify(body));
      return body.choices[0]!.message.content;
    },
  };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("llamero serve runs each model in its own process, loads the second on demand and survives a kill", async (t) => {
  const { child, health, answer } = await serve(t, ["one", "two"]);
  assert.deepEqual(
    (await health()).map(({ worker }) => worker!.state),
    ["ready", "unloaded"],
  );
  const text = await answer("one");
  assert.equal(await answer("two"), text);
  const [one, two] = await health();
  assert.notEqual(one!.worker!.pid, two!.worker!.pid);
  process.kill(one!.worker!.pid!, "SIGKILL");
  assert.equal(await answer("one"), text);
  const [again] = await health();
  assert.equal(again!.worker!.restarts, 1);
  assert.match(again!.worker!.last_death!, /SIGKILL/);
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  assert.equal(await exit, 0);
  for (const pid of [again!.worker!.pid!, two!.worker!.pid!]) assert.equal(isAlive(pid), false);
});

test("llamero serve --keep-alive 0 unloads after the answer, --inline has no worker", async (t) => {
  const { health, answer } = await serve(t, ["one", "--keep-alive", "0"]);
  const text = await answer("one");
  for (let i = 0; i < 100 && (await health())[0]!.worker!.state !== "unloaded"; i++) await sleep(20);
  assert.deepEqual((await health())[0]!.worker, {
    state: "unloaded",
    pid: null,
    restarts: 0,
    last_death: null,
  });
  assert.equal(await answer("one"), text);
  const inline = await serve(t, ["one", "--inline", "--store", ":memory:"]);
  assert.equal(await inline.answer("one"), text);
  assert.equal((await inline.health())[0]!.worker, null);
});

test("llamero serve --memory unloads one model for another", async (t) => {
  await using inline = await loadModel(join(home, "models", "one.gguf"), { maxBatch: 16 });
  const bytes = String(Math.round(1.2 * inline.plan.totalBytes));
  const { health, answer } = await serve(t, ["one", "two", "--memory", bytes]);
  for (const name of ["one", "two", "one"]) {
    await answer(name);
    const loaded = (await health()).filter(({ worker }) => worker!.state === "ready");
    assert.deepEqual(
      loaded.map(({ model }) => model),
      [name],
    );
  }
});

test("llamero ps shows running servers, llamero stop ends one when it has answered", async (t) => {
  const { child, url } = await serve(t, ["one", "--store", ":memory:"]);
  const { port } = new URL(url);
  const { code, stdout } = await callCommand(["ps", "--json"], { env: { LLAMERO_HOME: home } });
  assert.equal(code, 0);
  const found = (JSON.parse(stdout) as { url: string; status: ServerStatus }[]).find(
    (each) => each.url === url,
  );
  assert.equal(found!.status.pid, child.pid);
  assert.equal(found!.status.models[0]!.state, "ready");
  assert.doesNotMatch(stdout, /controlKey/);
  const table = await callCommand(["ps"], { env: { LLAMERO_HOME: home } });
  assert.match(table.stdout, /^ *PID +ADDRESS +MODEL/);
  const exit = new Promise((resolve) => child.once("exit", resolve));
  const stopped = await callCommand(["stop", port], { env: { LLAMERO_HOME: home } });
  assert.equal(stopped.code, 0);
  assert.equal(await exit, 0);
  const none = await callCommand(["stop", port], { env: { LLAMERO_HOME: home } });
  assert.equal(none.code, 2);
});

test("llamero serve without a model opens others of the store when they are asked for, and unloads them when idle", async (t) => {
  const { url, health, answer } = await serve(t, ["--keep-alive", "1"]);
  const listed = async (): Promise<string[]> => {
    const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };
  assert.deepEqual((await listed()).filter((id) => id !== "cria").sort(), ["one", "two"]);
  const [named] = await health();
  const other = named!.model === "one" ? "two" : "one";
  assert.notEqual(await answer(other), "");
  assert.deepEqual(
    (await health()).map(({ model }) => model),
    [named!.model, other],
  );
  await copyFile(join(home, "models", "one.gguf"), join(home, "models", "three.gguf"));
  t.after(() => rm(join(home, "models", "three.gguf")));
  assert.equal(await answer("three"), await answer("one"));
  for (let tries = 0; (await health()).some(({ worker }) => worker!.state !== "unloaded"); tries++) {
    assert.ok(tries < 600, "an idle model stays loaded");
    await sleep(100);
  }
  assert.equal(await answer("three"), await answer("one"));
});
