import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResponseObject } from "../api/responses-object.ts";
import { serveFake } from "../fake-server.ts";

const hasPython = (() => {
  try {
    return import.meta.resolve("pyodide") !== "";
  } catch {
    return false;
  }
})();

const programs = {
  javascript: {
    good: "console.log([1, 2, 3].map((x) => x * x).join(' ')); 6 * 7",
    bad: "throw new Error('out of luck')",
    endless: "for (;;);",
    escape: "(await import('node:fs')).readFileSync('/etc/passwd', 'utf8')",
  },
  python: {
    good: "print(*[x * x for x in (1, 2, 3)])\n6 * 7",
    bad: "raise ValueError('out of luck')",
    endless: "while True: pass",
    escape: "open('/etc/passwd').read()",
  },
} as const;

for (const language of ["javascript", "python"] as const) {
  test(`code_interpreter runs ${language} for a response, failures and endless loops included`, async (t) => {
    if (language === "python" && !hasPython) return t.skip("needs the package pyodide");
    const { good, bad, endless, escape: leak } = programs[language];
    const codes = [good, bad, leak, endless];
    const { client, errors } = await serveFake(t, {
      reply: (messages) => {
        const results = messages.filter(({ role }) => role === "tool");
        const code = codes[results.length];
        return code === undefined
          ? "Done"
          : [{ id: `c${results.length}`, name: "code_interpreter", arguments: { code, language } }];
      },
    });
    const tools = [{ type: "code_interpreter" as const, container: { type: "auto" as const } }];
    const input = "Compute";
    const include = ["code_interpreter_call.outputs" as const];
    const response = (await client.responses.create({
      model: "fake",
      input,
      tools,
      include,
    })) as unknown as ResponseObject;
    assert.equal(response.status, "completed");
    const logs = response.output.flatMap((item) =>
      item.type === "code_interpreter_call"
        ? [`${item.status}: ${(item.outputs ?? []).map((each) => each.logs).join("")}`]
        : [],
    );
    assert.equal(logs.length, 4);
    assert.match(logs[0]!, /^completed: 1 4 9\n42$/);
    assert.match(logs[1]!, /^(failed|completed): [\s\S]*out of luck/);
    assert.doesNotMatch(logs[2]!, /root:/);
    assert.match(logs[3]!, /took longer than 20 s/);
    assert.deepEqual(
      response.output.flatMap((item) => (item.type === "code_interpreter_call" ? [item.code] : [])),
      codes,
    );
    assert.deepEqual(errors, []);
  });
}
