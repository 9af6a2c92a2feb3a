import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { readConfig } from "@llamero/stack/config";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** Instructions of a Dockerfile: continued lines are one, comments are left out. */
const instructions = read("Dockerfile")
  .replace(/^#.*\n/gm, "")
  .replaceAll(/\\\n\s*/g, "")
  .split("\n")
  .filter((line) => line.trim() !== "")
  .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line) ?? assert.fail(`no instruction: ${line}`))
  .map(([, name, text]) => ({ name: name!, text: text! }));
const all = (name: string): string[] =>
  instructions.filter((each) => each.name === name).map(({ text }) => text);
const last = (name: string): string => all(name).at(-1) ?? assert.fail(`the Dockerfile has no ${name}`);

test("the Dockerfile keeps the rules that matter", () => {
  const known = "ARG FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD".split(" ");
  for (const { name } of instructions) assert.ok(known.includes(name), name);
  for (const image of all("FROM"))
    assert.match(image, /^[\w./-]+:\d[\w.-]*( AS \w+)?$/, "images have a version");
  assert.ok(all("FROM").length > 1, "what builds is no part of the image");
  assert.match(last("USER"), /^[1-9]\d*:[1-9]\d*$/, "no root, and by number, so that others can check it");
  for (const path of all("WORKDIR")) assert.match(path, /^\//);
  for (const name of ["ENTRYPOINT", "CMD", "VOLUME"]) assert.ok(Array.isArray(JSON.parse(last(name))), name);
  const health = /^((?:--\w[\w-]*=\S+ )+)CMD (.*)$/.exec(last("HEALTHCHECK"));
  assert.ok(Array.isArray(JSON.parse(health![2]!)));
  for (const text of all("RUN")) {
    assert.doesNotMatch(text, /\b(sudo|curl|wget|chmod 777)\b/);
    assert.doesNotMatch(text, /apt-get install(?!.*--no-install-recommends)/);
  }
  assert.match(last("RUN").concat(all("RUN")[0]!), /npm ci --ignore-scripts/, "no install scripts");
  assert.match(last("ENV"), /\bLLAMERO_OFFLINE=1\b/);
  assert.match(last("ENV"), /\bLLAMERO_HOME=\/data\b/);
  assert.doesNotMatch(read("Dockerfile"), /(API_KEY|PASSWORD|TOKEN)=[^.\s]/, "no secrets");
  // What the image holds is root's, and the server is not.
  for (const text of all("COPY")) assert.doesNotMatch(text, /--chown/);
});

test("what the Dockerfile copies is there, and is not ignored", () => {
  const ignored = read(".dockerignore").split("\n");
  assert.ok(ignored.includes(".git") && ignored.includes("**/node_modules") && ignored.includes("**/.env*"));
  assert.ok(ignored.indexOf("**/*.gguf") < ignored.indexOf("!packages/cli/model/*.gguf"));
  for (const text of all("COPY").filter((each) => !each.startsWith("--from"))) {
    const sources = text.split(" ").slice(0, -1);
    for (const source of sources) assert.ok(existsSync(new URL(source, root)), source);
  }
});

test("the image's configuration is one that the server takes, with the key of the environment", () => {
  const text = read("examples/container/llamero.yaml");
  const config = readConfig(text, { LLAMERO_API_KEY: "secret" });
  assert.deepEqual(config.server?.host, "0.0.0.0");
  assert.deepEqual(config.server?.keys, [{ name: "local", key: "secret" }]);
  assert.throws(() => readConfig(text, {}), /LLAMERO_API_KEY/);
});

test("the compose file runs the server as read-only as the image allows", () => {
  const { services } = parse(read("examples/container/compose.yaml")) as {
    services: Record<string, Record<string, unknown>>;
  };
  const { llamero, postgres } = services;
  assert.equal(llamero!["read_only"], true);
  assert.deepEqual(llamero!["cap_drop"], ["ALL"]);
  assert.match(String((llamero!["ports"] as string[])[0]), /^127\.0\.0\.1:/);
  assert.match(String(postgres!["image"]), /^postgres:\d/);
});
