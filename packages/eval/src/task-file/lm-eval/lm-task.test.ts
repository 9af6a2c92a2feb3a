import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTaskData } from "../../data/task-data.ts";
import { FakeGenerator, type FakeGeneratorOptions } from "../../generators/fake-generator.ts";
import { runTask } from "../../run/run-task.ts";
import type { Row } from "../../task.ts";
import { readTaskFile } from "../read-task-file.ts";
import { DocField } from "./fields.ts";
import { parsePythonLiteral } from "./python-literal.ts";
import { pythonRegex } from "./python-regex.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-harness-"));
after(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const local = (file: string): string => `dataset_path: json
dataset_kwargs: { data_files: { test: ${file}, train: ${file} } }
test_split: test
`;

async function run(path: string, rows: readonly Row[], options: FakeGeneratorOptions = {}) {
  put("rows.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const task = readTaskFile(path);
  const generator = new FakeGenerator(options);
  return { ...(await runTask(task, await readTaskData(task, "/nowhere"), generator)), generator, task };
}

const show = (template: string, row: Row): string => new DocField("doc_to_text", template).render(row);

test("DocField renders as Jinja in Python does", () => {
  assert.equal(show("{{text.split(' ')[:-1]|join(' ')}}", { text: "one two three" }), "one two");
  assert.equal(show("{{' '+text.split(' ')[-1]}}", { text: "one two" }), " two");
  assert.equal(show("{{n|string}} {{ok}} {{no}}", { n: 3, ok: true, no: null }), "3 True None");
  assert.equal(show("{{q.strip()}}:\n", { q: " a " }), "a:\n");
  assert.equal(show("{% if a %}x{% else %}y{% endif %}\n\nz", { a: "" }), "y\n\nz");
  assert.equal(show("{% for c in l %}{{loop.index}}.{{c}} {% endfor %}", { l: ["a", "b"] }), "1.a 2.b ");
  assert.equal(show("{{['A','B','C'].index(key)}}", { key: "C" }), "2");
  assert.equal(show("{{choices.label.index(key)}}", { choices: { label: ["1", "2"] }, key: "2" }), "1");
  assert.equal(show("{{[a, b]}}", { a: "it's", b: 'a "b"' }), `["it's", 'a "b"']`);
  assert.equal(show("{{q|replace('_', '-')|lower|trim}}", { q: " A_B" }), "a-b");
  assert.equal(show("{{passage[3:]}} {{passage[-2:]}}", { passage: "abcdef" }), "def ef");
  assert.equal(show("{{q[0]|upper}}{{q.replace('a', 'o')}}", { q: "banana" }), "Bbonono");
  assert.equal(show("{{['B', 'A'][label]}} {{[0, 1].index(label)}}", { label: true }), "A 1");
  assert.equal(show("{{ 'ABCD'[key|int - 1] if key|string in '1234' else key }}", { key: 2 }), "B");
  assert.throws(() => show("{{missing}}", { here: 1 }), /doc_to_text names the field missing.*it has here/);
  assert.throws(
    () => new DocField("doc_to_text", "{{ a"),
    /^SyntaxError: doc_to_text: Cannot parse the template/,
  );
});

test("parsePythonLiteral reads what Python writes", () => {
  assert.deepEqual(
    parsePythonLiteral(`["it's", 'a "b"', 'x\\n\\u00e9', 1.5, -2, True, None, ('a',), ('b')]`),
    ["it's", 'a "b"', "x\né", 1.5, -2, true, null, ["a"], "b"],
  );
  assert.deepEqual(parsePythonLiteral("{'a': [1, 2,], 'b': {}}"), { a: [1, 2], b: {} });
  assert.throws(() => parsePythonLiteral("[a]"), /at 1: a\]/);
});

test("pythonRegex reads Python's forms", () => {
  assert.equal("x=12".match(pythonRegex("(?P<key>\\w)=(?P<value>\\d+)\\Z"))?.[0], "x=12");
  assert.ok(pythonRegex("(?i)the answer").test("The Answer"));
  assert.throws(() => pythonRegex("(?<=a"), /cannot be used here/);
});

test("multiple_choice follows target_delimiter, shots, description and lengths", async () => {
  const path = put(
    "choice.yaml",
    `task: choice
${local("rows.jsonl")}
training_split: train
num_fewshot: 1
fewshot_config: { sampler: first_n }
output_type: multiple_choice
description: "Answer.\\n\\n"
doc_to_text: "Q: {{q}}\\nA:"
doc_to_target: "{{['A', 'B'].index(key)}}"
doc_to_choice: "{{[a, b]}}"
metric_list:
  - { metric: acc, aggregation: mean, higher_is_better: true }
  - { metric: acc_norm }
metadata: { version: 2 }
`,
  );
  const rows = [
    { q: "first", a: "yes", b: "no", key: "A" },
    { q: "second", a: "a long one", b: "b", key: "A" },
  ];
  // Longer continuations cost less than one unit a character: acc takes the short one, acc_norm the long one.
  const { result, generator, task } = await run(path, rows, {
    logprob: ({ continuation }) => -Math.sqrt(continuation.length),
  });
  assert.equal(task.version, 2);
  assert.deepEqual(generator.scored[2], {
    ...generator.scored[2],
    context: "Answer.\n\nQ: first\nA: yes\n\nQ: second\nA:",
    continuation: " a long one",
  });
  assert.equal(result.scores["acc"]!.value, 0);
  assert.equal(result.scores["acc_norm"]!.value, 1);
});

test("choices are contexts where doc_to_text is the place of one", async () => {
  const path = put(
    "inputs.yaml",
    `task: inputs
${local("rows.jsonl")}
output_type: multiple_choice
doc_to_text: label
doc_to_target: "{{rest}}"
doc_to_choice: "{{[start + ' Bob', start + ' Eve']}}"
`,
  );
  const rows = [{ label: 1, start: "Hello", rest: "left." }];
  const { generator, result } = await run(path, rows, {
    logprob: ({ context }) => (context.endsWith("Eve") ? -1 : -2),
  });
  assert.deepEqual(
    generator.scored.map(({ context, continuation }) => [context, continuation]),
    [
      ["Hello Bob", " left."],
      ["Hello Eve", " left."],
    ],
  );
  assert.equal(result.scores["acc"]!.value, 1);
});

test("generate_until filters answers and compares them as the metric says", async () => {
  const path = put(
    "generate.yaml",
    `task: generate
${local("rows.jsonl")}
output_type: generate_until
doc_to_text: "{{q}}"
doc_to_target: "{{answer.split('####')[-1].strip()}}"
generation_kwargs: { until: ["Q:"], max_gen_toks: 9, do_sample: false, temperature: 0.7 }
fewshot_config: { sampler: first_n, samples: [{ q: "1", target: "one" }], doc_to_target: "{{target}}" }
num_fewshot: 1
metric_list: [{ metric: exact_match, ignore_case: true, ignore_punctuation: true, regexes_to_ignore: [",", "\\\\$"] }]
filter_list:
  - { name: strict-match, filter: [{ function: regex, regex_pattern: "#### (\\\\S+)" }, { function: take_first }] }
  - { name: flexible-extract, filter: [{ function: regex, group_select: -1, regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)" }] }
`,
  );
  const { result, generator } = await run(path, [{ q: "2", answer: "so\n#### 1200" }], {
    reply: () => "7, so $1,200.",
  });
  assert.deepEqual(Object.keys(result.scores), ["exact_match,strict-match", "exact_match,flexible-extract"]);
  assert.equal(result.scores["exact_match,strict-match"]!.value, 0);
  assert.equal(result.scores["exact_match,flexible-extract"]!.value, 1);
  const { prompt, stop, maxTokens, temperature } = generator.requests[0]!;
  assert.deepEqual(
    [prompt, stop, maxTokens, temperature],
    [{ kind: "text", text: "1 one\n\n2" }, ["Q:"], 9, 0],
  );
});

test("loglikelihood and loglikelihood_rolling give the harness's metrics, and includes are merged", async () => {
  put(
    "part.yaml",
    `${local("rows.jsonl")}output_type: loglikelihood\ndoc_to_text: "{{text.split(' ')[:-1]|join(' ')}}"\n`,
  );
  const last = put(
    "last.yaml",
    "include: part.yaml\ntask: last\ndoc_to_target: \"{{' '+text.split(' ')[-1]}}\"\n",
  );
  const { result, generator } = await run(last, [{ text: "a b c" }], { logprob: () => -2 });
  assert.deepEqual([generator.scored[0]!.context, generator.scored[0]!.continuation], ["a b", " c"]);
  assert.ok(Math.abs(result.scores["perplexity"]!.value - Math.exp(2)) < 1e-12);
  const rolling = put(
    "rolling.yaml",
    "include: part.yaml\ntask: rolling\noutput_type: loglikelihood_rolling\ndoc_to_text: ''\ndoc_to_target: text\n",
  );
  const { result: all } = await run(rolling, [{ text: "a b c" }], { logprob: () => -3 });
  assert.ok(Math.abs(all.scores["word_perplexity"]!.value - Math.E) < 1e-12);
  assert.ok(Math.abs(all.scores["bits_per_byte"]!.value - 3 / 5 / Math.LN2) < 1e-12);
});

test("bleu and chrf of generated texts are those of sacrebleu over all of them", async () => {
  const path = put(
    "texts.yaml",
    `task: texts
${local("rows.jsonl")}
doc_to_text: "{{q}}"
doc_to_target: "{{answer}}"
metric_list: [{ metric: bleu, aggregation: bleu }, { metric: chrf, aggregation: chrf }]
`,
  );
  const rows = [
    { q: "1", answer: "The cat sat on the mat." },
    { q: "2", answer: "A dog ran fast to its home." },
  ];
  const texts: Readonly<Record<string, string>> = { 1: "The cat sat on the mat today.", 2: "A dog ran home" };
  const { result } = await run(path, rows, {
    reply: ({ prompt }) => (prompt.kind === "text" ? texts[prompt.text]! : ""),
  });
  // sacrebleu 2.6.0: corpus_bleu and corpus_chrf of the two pairs.
  assert.ok(Math.abs(result.scores["bleu"]!.value - 52.11542151372902) < 1e-9);
  assert.ok(Math.abs(result.scores["chrf"]!.value - 62.198484193457496) < 1e-9);
});

test("what cannot be done is refused with file and key", async () => {
  const fails = (text: string, message: RegExp): void =>
    assert.throws(() => readTaskFile(put("bad.yaml", text)), message);
  const good = `task: bad\n${local("rows.jsonl")}`;
  fails(
    `${good}process_docs: !function utils.clean\n`,
    /bad\.yaml, line \d: process_docs: !function utils\.clean is Python/,
  );
  fails(`${good}doc_to_txet: a\n`, /bad\.yaml, line \d: unknown key doc_to_txet; did you mean doc_to_text\?/);
  fails(`${good}include: nowhere.yaml\n`, /there is no file .*nowhere\.yaml to include/);
  fails(`${good}metric_list: [{metric: ter}]\n`, /bad\.yaml: metric_list: the metric ter/);
  fails(`${good}doc_to_text: "{{ a"\n`, /bad\.yaml: doc_to_text: Cannot parse/);
  fails(
    `${good}filter_list: [{name: a, filter: [{function: majority_vote}]}]\n`,
    /the filter majority_vote is not built/,
  );
  fails("group: all\ntask: [a, b]\n", /a group of tasks/);
  fails("task: bad\ndataset_path: some/set\n", /neither test_split nor validation_split/);
  const hub = readTaskFile(
    put("hub.yaml", "task: hub\ndataset_path: some/set\ndataset_name: en\ntest_split: test\n"),
  );
  await assert.rejects(
    readTaskData(hub, folder),
    /No file matches set\/en\/test\.\*.*hf:some\/set, configuration en/,
  );
});
