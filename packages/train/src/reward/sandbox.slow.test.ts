import assert from "node:assert/strict";
import { test } from "node:test";
import { createSandbox, sandboxRunCode } from "@llamero/eval/sandbox";
import { passesTests } from "./verifiers.ts";

const answers = {
  python: {
    right: "Here:\n```python\ndef double(n):\n    return 2 * n\n```\nDone.",
    wrong: "def double(n):\n    return n",
    endless: "def double(n):\n    while True:\n        pass",
    tests: "assert double(2) == 4",
  },
  javascript: {
    right: "```javascript\nfunction double(n) { return 2 * n; }\n```",
    wrong: "function double(n) { return n; }",
    endless: "function double(n) { for (;;); }",
    tests: "if (double(2) !== 4) throw new Error('no');",
  },
} as const;

for (const language of ["python", "javascript"] as const)
  test(`passesTests runs ${language} of an answer in the sandbox`, async () => {
    await using sandbox = await createSandbox();
    const runCode = sandboxRunCode(sandbox);
    const { tests, ...cases } = answers[language];
    const verifier = passesTests({ language, seconds: 5 });
    const verify = async (answer: string) =>
      await verifier.verify({ prompt: [], answer, toolCalls: [], expect: { tests } }, { runCode });
    assert.deepEqual(await verify(cases.right), { score: 1, why: null });
    assert.deepEqual(await verify(cases.wrong), { score: 0, why: "tests failed" });
    assert.deepEqual(await verify(cases.endless), { score: 0, why: "tests ended by time" });
  });
