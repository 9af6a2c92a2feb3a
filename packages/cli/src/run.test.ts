import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FakeHub } from "@llamero/core/hub/fake-hub";
import { sharedPath } from "../../core/src/testdata.ts";
import { callCommand, type Outcome, runCommand } from "./fake-terminal.ts";
import { shippedModel, shippedName } from "./model/shipped-model.ts";

let home: string;
const llamero = (words: string[], options: Parameters<typeof callCommand>[1] = {}): Promise<Outcome> =>
  callCommand(words, { ...options, env: { LLAMERO_HOME: home, HF_TOKEN: "", ...options.env } });

before(async () => {
  home = await mkdtemp(join(tmpdir(), "llamero-home-"));
});

after(() => rm(home, { recursive: true, force: true }));

test("llamero --help and --version exit 0", async () => {
  const help = await runCommand(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Usage: llamero/);
  assert.match((await llamero(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  const command = await llamero(["help", "pull"]);
  assert.equal(command.code, 0);
  assert.match(command.stdout, /Usage: llamero pull \[options\] <reference>[\s\S]*Examples:/);
});

test("llamero exits 2 on wrong usage, with one line and a hint on standard error", async () => {
  const unknown = await llamero(["pul"]);
  assert.deepEqual(unknown, {
    code: 2,
    stdout: "",
    stderr: "Error: Unknown command pul\nDid you mean: llamero pull\n",
  });
  const missing = await llamero(["run", "nothing", "hi"]);
  assert.equal(missing.code, 2);
  assert.equal(missing.stderr, "Error: No model named nothing\nSee: llamero ls, llamero pull --help\n");
  assert.equal(
    (await llamero(["inspect", "./no-such.gguf"])).stderr,
    "Error: No such file or folder: ./no-such.gguf\n",
  );
});

test("llamero exits 1 on a damaged file and shows stacks only with LLAMERO_DEBUG", async () => {
  const damaged = new URL("./run.ts", import.meta.url).pathname;
  const plain = await llamero(["inspect", damaged]);
  assert.equal(plain.code, 1);
  assert.doesNotMatch(plain.stderr, /\n\s+at /);
  assert.match((await llamero(["inspect", damaged], { env: { LLAMERO_DEBUG: "1" } })).stderr, /\n\s+at /);
});

test("llamero with an empty store chats with the model that ships", async (t) => {
  if (shippedModel() === null) return t.skip("needs packages/cli/model/cria.gguf");
  const bare = await llamero([]);
  assert.equal(bare.code, 0, bare.stderr);
  assert.match(bare.stdout, /^>>> [^\n]+\n[^\n]+/);
  const answered = await llamero([], { input: "Hello?" });
  assert.equal(answered.code, 0, answered.stderr);
  assert.notEqual(answered.stdout.trim(), "");
});

test("llamero pull, ls, show, inspect and rm work together", async (t) => {
  const path = sharedPath("golden/tiny/model-f32.gguf");
  if (path === null) return t.skip("needs ../shared: golden/tiny/model-f32.gguf");
  const hub = new FakeHub();
  hub.files.set("tiny-Q4_0.gguf", await readFile(path));
  hub.requiredToken = "secret";
  await hub.listen();
  const env = { HF_ENDPOINT: hub.endpoint, HF_TOKEN: "secret" };
  try {
    const denied = await llamero(["pull", "someone/tiny-GGUF"], { env: { ...env, HF_TOKEN: "" } });
    assert.equal(denied.code, 1);
    assert.match(denied.stderr, /answered 401.*HF_TOKEN/);
    const offline = await llamero(["pull", "someone/tiny-GGUF", "--offline"], { env });
    assert.equal(offline.code, 1);
    assert.match(
      offline.stderr,
      new RegExp(`Offline: refused to request ${hub.endpoint}/api/models/someone/tiny-GGUF`),
    );
    const pulled = await llamero(["pull", "someone/tiny-GGUF"], { env });
    assert.deepEqual([pulled.code, pulled.stdout], [0, "tiny-Q4_0\n"]);

    const [entry] = JSON.parse((await llamero(["ls", "--json"])).stdout) as {
      name: string;
      source: string;
    }[];
    assert.deepEqual([entry?.name, entry?.source], ["tiny-Q4_0", "hf:someone/tiny-GGUF"]);
    assert.equal(JSON.parse((await llamero(["show", "tiny", "--json"])).stdout).name, "tiny-Q4_0");
    const inspected = JSON.parse((await llamero(["inspect", "tiny", "--json", "--tensors"])).stdout);
    assert.equal(inspected.numTensors, inspected.tensors.length);
    assert.deepEqual(
      inspected.formats.map(({ format }: { format: string }) => format),
      ["f32"],
    );
    assert.equal((await llamero(["rm", "tiny"])).code, 0);
    const left = JSON.parse((await llamero(["ls", "--json"])).stdout) as { name: string }[];
    assert.ok(left.every(({ name }) => name === shippedName));
  } finally {
    await hub.close();
  }
});

test("two llamero pull at once share one download, and an interrupted one is continued", async () => {
  const hub = new FakeHub();
  const content = randomBytes(400_000);
  hub.files.set("big-Q4_0.gguf", content);
  hub.faults.push({ kind: "stall", afterBytes: 100_000 });
  await hub.listen();
  const env = { HF_ENDPOINT: hub.endpoint };
  try {
    const partial = join(home, "models", "big-Q4_0", "big-Q4_0.gguf.incomplete");
    const interruptWhen = (): boolean => (statSync(partial, { throwIfNoEntry: false })?.size ?? 0) > 0;
    const pull = (options: Parameters<typeof runCommand>[1] = {}): Promise<Outcome> =>
      runCommand(["pull", "hf:someone/tiny-GGUF"], { ...options, env: { LLAMERO_HOME: home, ...env } });
    const first = await pull({ interruptWhen });
    assert.equal(first.code, 130, first.stderr);
    const both = await Promise.all([pull(), llamero(["pull", "hf:someone/tiny-GGUF"], { env })]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(hub.numDownloads, 2);
    const resumed = hub.requests.filter(({ url }) => !url.startsWith("/api/")).at(-1);
    assert.match(resumed?.range ?? "", /^bytes=[1-9]/);
    assert.deepEqual(await readFile(join(home, "models", "big-Q4_0", "big-Q4_0.gguf")), content);
    assert.equal((await llamero(["rm", "big"])).code, 0);
  } finally {
    await hub.close();
  }
});

test("llamero plan run knows published shapes without a file", async () => {
  const plan = JSON.parse((await llamero(["plan", "run", "llama3.1:405b", "-c", "128K", "--json"])).stdout);
  assert.equal(plan.numParameters, 405_853_388_800);
  assert.equal(plan.context, 131_072);
  assert.equal((await llamero(["plan", "run", "llama3.1:405b", "-c", "256K"])).code, 2);
});
