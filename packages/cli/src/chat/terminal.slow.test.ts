import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { modelPath } from "../../../core/src/testdata.ts";

const model = modelPath("SmolLM2-135M-Instruct.Q4_1.gguf");
const entry = fileURLToPath(new URL("../run.ts", import.meta.url));

/** Status of a page. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((done, fail) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      done(response.statusCode);
    }).on("error", fail);
  });
}

test("llamero chat on a terminal answers, shows its web page and leaves with /bye", async (t) => {
  if (model === null) return t.skip("needs LLAMERO_MODELS: SmolLM2-135M-Instruct.Q4_1.gguf");
  if (spawnSync("script", ["--version"]).status !== 0) return t.skip("needs script of util-linux");
  const home = await mkdtemp(join(tmpdir(), "llamero-terminal-"));
  const node = `'${process.execPath}' --conditions=@llamero/source --import '${import.meta.resolve("tsx")}'`;
  const child = spawn("script", ["-qec", `${node} '${entry}' chat '${model}' -n 8 --temp 0`, "/dev/null"], {
    env: { ...process.env, LLAMERO_HOME: home, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((done) => child.on("close", done));
  let screen = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  const seen = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let waited = 0; waited < 600_000; waited += 50) {
      const match = pattern.exec(screen);
      if (match !== null) return match;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`The terminal never showed ${String(pattern)}: ${screen}`);
  };
  try {
    const [, url] = await seen(/web page (http:\/\/127\.0\.0\.1:\d+)\r\n/);
    assert.equal(await statusOf(`${url}/`), 200);
    await seen(/>>> /);
    child.stdin.write("What is 2+2?\r");
    await seen(/context \d+ of 8,192/);
    child.stdin.write("/bye\r");
    assert.equal(await ended, 0);
    await assert.rejects(statusOf(`${url}/`), { code: "ECONNREFUSED" });
  } finally {
    child.kill();
    await rm(home, { recursive: true, force: true });
  }
});
