import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTaskData } from "../data/task-data.ts";
import { FakeGenerator, type FakeGeneratorOptions } from "../generators/fake-generator.ts";
import { runTask } from "../run/run-task.ts";
import { readTaskFile } from "./read-task-file.ts";

const folder = mkdtempSync(join(tmpdir(), "llamero-task-"));
after(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}
const lines = (...rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

async function run(path: string, options: FakeGeneratorOptions = {}) {
  const task = readTaskFile(path);
  const generator = new FakeGenerator(options);
  const data = await readTaskData(task, "/nowhere", { needsShots: task.numShots > 0 });
  return { ...(await runTask(task, data, generator)), generator };
}

test("readTaskFile makes a generation task of a YAML file", async () => {
  put("capitals.jsonl", lines({ land: "France", city: "Paris" }, { land: "Italy", city: "Rome" }));
  put("shots.jsonl", lines({ land: "Spain", city: "Madrid" }));
  const path = put(
    "capitals.yaml",
    `name: capitals
kind: generation
data: capitals.jsonl
shots_data: shots.jsonl
shots: 1
fields: { land: text, city: text }
prompt: "The capital of {land} is"
answer: city
pattern: '^\\s*(\\w+)'
metric: exact
stop: ["\\n"]
max_tokens: 5
`,
  );
  const { result, generator } = await run(path, { reply: () => " Paris, of course" });
  assert.equal(result.scores["exact_match"]!.value, 0.5);
  assert.deepEqual(generator.requests[0]!.stop, ["\n"]);
  assert.equal(generator.requests[0]!.maxTokens, 5);
  const { prompt } = generator.requests[0]!;
  assert.equal(
    prompt.kind === "text" && prompt.text,
    "The capital of Spain is Madrid\n\nThe capital of France is",
  );
});

test("readTaskFile makes choice and perplexity tasks of YAML files", async () => {
  put("quiz.jsonl", lines({ q: "1+1?", options: ["two", "three!"], right: 0 }));
  const choice = put(
    "quiz.yaml",
    "name: quiz\nkind: choice\ndata: quiz.jsonl\nprompt: '{q}'\nchoices: options\nanswer: right\nmetric: [acc]\n",
  );
  assert.equal((await run(choice)).result.scores["acc"]!.value, 1);
  const text = put("text.yaml", "name: text\nkind: perplexity\ndata: quiz.jsonl\nprompt: '{q}'\n");
  assert.equal((await run(text)).result.mainMetric, "word_perplexity");
});

test("readTaskFile names key, line and the nearest known key of a YAML file", () => {
  const fails = (text: string, message: RegExp): void =>
    assert.throws(() => readTaskFile(put("bad.yaml", text)), message);
  fails("name: a\ndata: b\npromt: c\n", /bad\.yaml, line 3: unknown key promt; did you mean prompt\?/);
  fails(
    "name: a\nkind: chioce\n",
    /line 2: kind must be one of choice, generation, perplexity, not "chioce"/,
  );
  fails("name: a\ndata: b\nprompt: c\n", /the key answer is missing; generation needs it/);
  fails(
    "name: a\ndata: b\nprompt: c\nanswer: d\nmetric: exakt\n",
    /line 5: unknown metric exakt; did you mean exact\?/,
  );
  fails("name: a\ndata: b\nprompt: c\nanswer: d\npattern: '('\n", /line 5: pattern must be one of/);
  fails("name: [a\n", /bad\.yaml, line \d+: /);
  fails("- a\n", /must hold keys and values/);
  assert.throws(() => readTaskFile("task.txt"), /must end in \.yaml/);
});

test("readTaskFile makes a task of one JSONL file", async () => {
  const path = put(
    "mine.jsonl",
    lines(
      { prompt: "2+2=", answer: 4 },
      { messages: [{ role: "user", content: "Which city?" }], answer: ["Rome", "Roma"], id: "x" },
    ),
  );
  const { result } = await run(path, {
    reply: ({ prompt }) => (prompt.kind === "text" ? " 4" : "It is Roma."),
  });
  assert.equal(result.task, "mine");
  assert.equal(result.scores["contains"]!.value, 1);
  assert.equal(result.scores["exact_match"]!.value, 0.5);
  const choices = put("pick.jsonl", lines({ prompt: "q", choices: ["yes", "nonono"], answer: "nonono" }));
  const { result: picked, generator } = await run(choices);
  assert.equal(picked.scores["acc"]!.value, 0);
  assert.deepEqual(
    generator.scored.map(({ continuation }) => continuation),
    [" yes", " nonono"],
  );
});

test("readTaskFile names the line of a JSONL file that is wrong", () => {
  const fails = (text: string, message: RegExp): void =>
    assert.throws(() => readTaskFile(put("bad.jsonl", text)), message);
  const good = lines({ prompt: "a", answer: "b" });
  fails(`${good}{"prompt": "a"\n`, /bad\.jsonl, line 2: .*JSON/);
  fails(
    `${good}\n${lines({ prompt: "a", anwser: "b" })}`,
    /line 3: Unknown key anwser; did you mean answer\?/,
  );
  fails(lines({ prompt: "a" }), /line 1: answer must be a text, a number or a list/);
  fails(lines({ answer: "a" }), /either prompt .* or messages/);
  fails(lines({ prompt: "a", choices: ["b", "c"], answer: 2 }), /its place from 0 to 1, not 2/);
  fails(good + lines({ prompt: "a", choices: ["b", "c"], answer: 1 }), /all lines or none must have choices/);
  fails("\n", /holds no items/);
});
