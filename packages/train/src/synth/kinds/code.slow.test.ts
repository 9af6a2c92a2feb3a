import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSandbox, sandboxRunCode } from "@llamero/eval/sandbox";
import { createFakeTeacher, recipeOf, type Script } from "../fake-teacher.ts";
import type { SynthRecord } from "../records.ts";
import { synthesize } from "../synthesize.ts";

const fenced = (language: string, ...blocks: string[]): string =>
  blocks.map((block) => `\`\`\`${language}\n${block}\n\`\`\``).join("\n");

const cases = [
  {
    language: "python",
    wrong: fenced("python", "def double(n):\n    return n", "assert double(2) == 4"),
    right: fenced("python", "def double(n):\n    return 2 * n", "assert double(2) == 4"),
    error: /AssertionError/,
  },
  {
    language: "javascript",
    wrong: fenced("javascript", "function double(n) { return n; }", "assert(double(2) === 4);"),
    right: fenced("javascript", "function double(n) { return 2 * n; }", "assert(double(2) === 4);"),
    error: /assertion failed/,
  },
];

test("synthesize runs programs in the sandbox, and shows the teacher what it said", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "llamero-synth-code-"));
  t.after(() => rmSync(folder, { recursive: true }));
  await using sandbox = await createSandbox();
  for (const { language, wrong, right, error } of cases) {
    const script: Script = [
      [/Running the tests failed/, right],
      [/Write two blocks/, wrong],
    ];
    const task = `  - {kind: code, count: 1, programming: [${language}]}`;
    const recipe = recipeOf(folder, task, `out: ${language}`);
    const teacher = createFakeTeacher(script);
    const { numKept, drops } = await synthesize(recipe, { teacher, runCode: sandboxRunCode(sandbox) });
    assert.equal(numKept, 1, JSON.stringify(drops));
    const record = JSON.parse(readFileSync(join(recipe.out, "data", "chat.jsonl"), "utf8")) as SynthRecord;
    assert.match(record.messages![2]!.content, error);
    assert.equal(record.meta["rounds"], 1);
  }
});
