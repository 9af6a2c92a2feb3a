// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to variables are the subject
import assert from "node:assert/strict";
import { test } from "node:test";
import { expandEnv } from "./expand-env.ts";

const env = { A: "one", B: "two", EMPTY: "", BRACE: "${env.A}" };

test("expandEnv replaces variables, defaults and conditional values", () => {
  const cases: [string, string][] = [
    ["plain $A {x}", "plain $A {x}"],
    ["${env.A}/${env.B}", "one/two"],
    ["${env.EMPTY}", ""],
    ["${env.NO:=default}", "default"],
    ["${env.EMPTY:=default}", "default"],
    ["${env.A:=default}", "one"],
    ["${env.NO:=}", ""],
    ["${env.A:+value}", "value"],
    ["${env.NO:+value}", ""],
    ["${env.EMPTY:+value}", ""],
    ["${env.NO:=http://${env.A}:${env.PORT:=80}/x}", "http://one:80/x"],
    ["${env.A:=${env.MISSING}}", "one"],
    ["${env.NO:+${env.MISSING}}", ""],
    ["$${env.A}", "${env.A}"],
    ["${env.NO:={a$}}b", "{a}b"],
    // What a variable holds is not read again.
    ["${env.BRACE}", "${env.A}"],
  ];
  for (const [text, expected] of cases) assert.equal(expandEnv(text, env), expected, text);
});

test("expandEnv names what is missing", () => {
  assert.throws(
    () => expandEnv("${env.NO}", env),
    /variable NO is not set; set it, or write \$\{env\.NO:=default\}/,
  );
  assert.throws(() => expandEnv("${env.NO:=x", env), /} is missing/);
  assert.throws(() => expandEnv("${env.A:=x", env), /} is missing/);
  assert.throws(() => expandEnv("${env.A:-x}", env), /Not a reference/);
  assert.throws(() => expandEnv("${env.9}", env), /Not a reference/);
});
