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
