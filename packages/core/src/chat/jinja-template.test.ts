import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatTemplateError } from "./chat-template-error.ts";
import { parseJinjaTemplate } from "./jinja-template.ts";

const now = new Date(2025, 1, 3, 14, 5);
const render = (source: string, variables: Record<string, unknown> = {}): string =>
  parseJinjaTemplate(source).render(variables, now);

test("parseJinjaTemplate writes JSON as Python does", () => {
  const value = { a: [1, 2.5, true, null], é: "<x>" };
  assert.equal(render("{{ v | tojson }}", { v: value }), '{"a": [1, 2.5, true, null], "é": "<x>"}');
  assert.equal(
    render("{{ {'a': 1.0, 'b': 1e16} | tojson }}".replace("1e16", "10000000000000000.0")),
    '{"a": 1.0, "b": 1e+16}',
  );
  assert.equal(
    render("{{ v | tojson(indent=2) }}", { v: { a: [], b: [1] } }),
    '{\n  "a": [],\n  "b": [\n    1\n  ]\n}',
  );
  assert.equal(
    render("{{ v | tojson(ensure_ascii=true, sort_keys=true) }}", { v: { b: "é", a: 1e-5 } }),
    '{"a": 1e-05, "b": "\\u00e9"}',
  );
});

test("parseJinjaTemplate selects and rejects by test", () => {
  const v = ["a", "b", "c"];
  assert.equal(render("{{ v | reject('equalto', 'b') | join(', ') }}", { v }), "a, c");
  assert.equal(render("{{ v | select('in', ['b']) | list | join }}", { v }), "b");
  assert.equal(render("{{ [0, 1, ''] | select | list | count }}"), "1");
  assert.throws(() => render("{{ v | select('nonsense') }}", { v }), ChatTemplateError);
});

test("parseJinjaTemplate trims as Python's str.strip does", () => {
  const v = "\u0085\u001c\ufeffx\ufeff \u00a0";
  for (const form of ["v | trim", "v.strip()", "v.lstrip().rstrip()"])
    assert.equal(render(`{{ ${form} }}`, { v }), "\ufeffx\ufeff");
  assert.equal(render("{{ 'xxaxx'.strip('x') }}{{ 'xxaxx'.lstrip('x') }}"), "aaxx");
  assert.equal(render("[{{ missing | trim }}]"), "[]");
});

test("parseJinjaTemplate knows dates, ranges and refusals", () => {
  assert.equal(render("{{ strftime_now('%d %b %Y %H:%M %j %%') }}"), "03 Feb 2025 14:05 034 %");
  assert.equal(render("{% for i in range(3, 0, -1) %}{{ i }}{% endfor %}"), "321");
  assert.throws(() => render("{{ raise_exception('no roles') }}"), {
    name: "ChatTemplateError",
    message: "no roles",
  });
  assert.throws(() => parseJinjaTemplate("{% if %}"), ChatTemplateError);
});

test("parseJinjaTemplate takes mappings as iterable and keeps block white space rules", () => {
  assert.equal(render("{% if v is iterable %}yes{% endif %}", { v: {} }), "yes");
  assert.equal(render("{% if true %}\n  a\n  {% endif %}\nb"), "  a\nb");
});

test("parseJinjaTemplate writes values and joins them as Python does", () => {
  const v = { a: [1, 2.5, true, null, "it's", 'say "x"'], b: {} };
  assert.equal(render("{{ v }}", { v }), `{'a': [1, 2.5, True, None, "it's", 'say "x"'], 'b': {}}`);
  assert.equal(render("{{ none }}|{{ missing }}|{{ true and false }}|{{ 1.0 }}"), "None||False|1.0");
  assert.equal(render("{{ 'x' ~ true ~ none ~ missing ~ [1] }}"), "xTrueNone[1]");
  assert.equal(render("{{ true | string + '!' }}{{ ['\\n'] | string }}{{ (1, 2) }}"), "True!['\\n'](1, 2)");
  assert.equal(render("{{ v | length }} {{ 'a👍' | length }} {{ missing | length }}", { v }), "2 2 0");
  assert.equal(
    render("{% macro f(x) %}<{{ x }}>{% endmacro %}{{ f(false) }}{{ {'k': ' a ' | trim} | tojson }}"),
    '<False>{"k": "a"}',
  );
});

test("parseJinjaTemplate takes what cannot be a key for a missing one", () => {
  const source =
    "{% if map[v] is defined %}yes{% else %}no{% endif %}{{ map['a'] }}{{ list[i] }}{{ list[-1] }}";
  assert.equal(render(source, { map: { a: 1 }, v: ["a"], list: [5, 6], i: 0 }), "no156");
});
