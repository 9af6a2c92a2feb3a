import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { callCommand } from "./fake-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-config-"));
after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const path = join(folder, "llamero.yaml");
  writeFileSync(path, text);
  return path;
}

test("config check prints what a configuration comes to, without its secrets", async () => {
  const path = write(`server: { port: 9000 }
providers:
  - { id: groq, type: remote::openai, preset: groq, api_key: "gsk-secret-1" }
  - { id: "", type: remote::openai, preset: openai }
`);
  const { code, stdout, stderr } = await callCommand(["config", "check", path]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /port: 9000/);
  assert.match(stdout, /api_key: "\*+"/);
  assert.ok(!stdout.includes("secret"));
  assert.match(stderr, /is right: providers groq; 1 switched off/);
  const json = await callCommand(["config", "check", path, "--json"]);
  assert.equal(JSON.parse(json.stdout).server.port, 9000);
});

test("config check and serve --config name what is wrong, with exit code 2", async () => {
  const path = write("server:\n  prot: 1\n");
  for (const words of [
    ["config", "check", path],
    ["serve", "--config", path],
  ]) {
    const { code, stderr } = await callCommand(words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /line 2: There is no setting server\.prot\nIs port meant\?/);
  }
  const { code, stderr } = await callCommand(["config", "check", join(folder, "none.yaml")]);
  assert.equal(code, 2);
  assert.match(stderr, /Cannot read .*none\.yaml/);
});

test("shield check judges by the policy of a configuration, or with the shields that are always there", async () => {
  const plain = await callCommand(["shield", "check", "Write to ada@lovelace.org"]);
  assert.equal(plain.code, 1, plain.stderr);
  assert.match(plain.stdout, /^pii: hit 1\.000 {2}Personal data or secrets: email \(1 in all\)$/m);
  assert.match(plain.stdout, /^code: pass 0\.000/m);
  const path = write(`policy:
  borders:
    user_input: [{ shields: [pii], on_hit: redact }]
`);
  const words = ["shield", "check", "--config", path, "--json"];
  const redacted = await callCommand([...words, "Write to ada@lovelace.org"]);
  assert.deepEqual([redacted.code, JSON.parse(redacted.stdout).action], [1, "redact"]);
  assert.equal(JSON.parse(redacted.stdout).text, "Write to <EMAIL>");
  const fine = await callCommand([...words, "Nothing"]);
  assert.deepEqual([fine.code, JSON.parse(fine.stdout).action], [0, "pass"]);
  const unknown = await callCommand(["shield", "check", "--shield", "none", "x"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /There is no shield none/);
});
