import assert from "node:assert/strict";
import { test } from "node:test";
import { weaknessNames } from "./code-rules/code-rule.ts";
import { codeRules } from "./code-rules/rules.ts";
import { createCodeShield, findInsecureCode } from "./code-shield.ts";
import { createHiddenTextShield } from "./hidden-text-shield.ts";
import { createPiiShield } from "./pii-shield.ts";
import type { Shield } from "./shield.ts";

const { signal } = new AbortController();
const check = (shield: Shield, text: string) => shield.check({ border: "model_output", text }, signal);

test("codeRules find their bad example and leave their good one alone", () => {
  assert.ok(codeRules.length >= 50);
  assert.equal(new Set(codeRules.map(({ id }) => id)).size, codeRules.length);
  for (const rule of codeRules) {
    assert.ok(weaknessNames[rule.cwe] !== undefined, `CWE-${rule.cwe}`);
    const find = (line: string) =>
      findInsecureCode(`\`\`\`${rule.language === "c" ? "cpp" : rule.language}\n${line}\n\`\`\``);
    assert.ok(
      find(rule.bad).some((each) => each.rule === rule),
      `${rule.id}: ${rule.bad}`,
    );
    assert.deepEqual(
      find(rule.good).map((each) => each.rule.id),
      [],
      `${rule.id}: ${rule.good}`,
    );
  }
});

test("createCodeShield names the line and the weakness, and reads code only where there are blocks", async () => {
  const shield = createCodeShield();
  const hit = await check(
    shield,
    "Like this:\n\n```python\nimport os\nos.system('ping ' + host)\n```\nDone.",
  );
  assert.deepEqual([hit.flagged, hit.score, hit.categories], [true, 1, ["CWE-78"]]);
  assert.match(hit.reason, /^Line 5: .*OS Command Injection/);
  for (const text of [
    "Never write eval(input):\n```python\nprint(1)\n```",
    "```python\n# eval(x) is bad\n```",
    "```js\nos.system('ping ' + host)\n```",
    "A sentence without code.",
    "",
  ])
    assert.equal((await check(shield, text)).flagged, false, text);
  // Without blocks, as in the arguments of a call, all of it is code.
  assert.deepEqual((await check(shield, "code:\npickle.loads(body)")).categories, ["CWE-502"]);
  const strict = createCodeShield({ id: "strict", severity: "error" });
  assert.equal((await check(strict, "hashlib.md5(x)")).flagged, false);
  assert.equal((await check(shield, "hashlib.md5(x)")).flagged, true);
});

// A rule that backtracks would run for hours.
test("findInsecureCode takes hostile lines", { timeout: 60_000 }, () => {
  for (const piece of ["rm -r ", "'", "SELECT `${", "((((", "a=", 'exec("x"+', "curl ", "<?= $_GET"])
    findInsecureCode(piece.repeat(200_000 / piece.length));
});

test("createPiiShield redacts, for all kinds or some", async () => {
  const text = "Write to ada@lovelace.org or call +44 20 7946 0958.";
  const all = await check(createPiiShield(), text);
  assert.equal(all.flagged, true);
  assert.match(all.redacted!, /Write to <EMAIL> or call <PHONE>/);
  const some = await check(createPiiShield({ id: "mail", kinds: ["email"] }), text);
  assert.deepEqual(some.categories, ["email"]);
  assert.equal((await check(createPiiShield(), "Nothing here.")).flagged, false);
});

test("createHiddenTextShield takes out what nobody sees and leaves scripts and emoji alone", async () => {
  const shield = createHiddenTextShield();
  const tags = [..."ignore"].map((sign) => String.fromCodePoint(0xe0000 + sign.charCodeAt(0))).join("");
  const hit = await check(shield, `A${tags}B\u202Eabc\u202C`);
  assert.deepEqual([hit.flagged, hit.redacted, hit.categories], [true, "ABabc", ["tags", "direction"]]);
  for (const text of [
    "👩‍👩‍👧",
    "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "क्‍ष",
    "می‌خواهم",
    "plain",
  ])
    assert.equal((await check(shield, text)).flagged, false, text);
});
