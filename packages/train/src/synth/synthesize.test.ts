import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { RunCode } from "@llamero/eval";
import { createFakeTeacher, recipeOf, type Script } from "./fake-teacher.ts";
import type { SynthRecord } from "./records.ts";
import { type SynthOptions, type SynthResult, synthesize } from "./synthesize.ts";

const root = mkdtempSync(join(tmpdir(), "llamero-synth-"));
after(() => rmSync(root, { recursive: true }));
let numFolders = 0;

interface Made {
  result: SynthResult;
  records: SynthRecord[];
  folder: string;
}

const heron =
  "The heron stands still in shallow water for hours. In spring it lays four eggs, and both parents keep them warm for nearly a month.";

async function make(
  tasks: string,
  script: Script = [],
  { more = "", ...options }: Partial<SynthOptions> & { more?: string } = {},
): Promise<Made> {
  const folder = join(root, String(numFolders++));
  const recipe = recipeOf(root, tasks, `out: ${folder}\n${more}`);
  const result = await synthesize(recipe, { teacher: createFakeTeacher(script), ...options });
  const records = result.files.flatMap(({ file }) =>
    readFileSync(join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as SynthRecord),
  );
  return { result, records, folder };
}

writeFileSync(join(root, "birds.jsonl"), `${JSON.stringify({ text: heron })}\n`);
writeFileSync(
  join(root, "seeds.jsonl"),
  `${JSON.stringify({ instruction: "Name three rivers of Europe" })}\n`,
);
writeFileSync(join(root, "empty.jsonl"), '{"text": ""}\n{"text": "  "}\n');
const birds = "  - {kind: question-answer, documents: birds.jsonl, license: CC0-1.0, count: 1";

test("synthesize makes instructions from seeds and earlier waves", async () => {
  const teacher = createFakeTeacher();
  const { result, records } = await make(
    "  - {kind: instructions, seeds: seeds.jsonl, license: MIT, count: 70}",
    [],
    {
      teacher,
    },
  );
  assert.equal(result.numKept, records.length);
  assert.ok(result.numKept > 60, String(result.numKept));
  const [{ messages, meta }] = records as [SynthRecord];
  assert.deepEqual(
    messages!.map(({ role }) => role),
    ["user", "assistant"],
  );
  assert.equal(meta["kind"], "instructions");
  assert.equal(meta["license"], "Apache-2.0");
  assert.equal(meta["sourceLicense"], "MIT");
  assert.equal(meta["language"], "en");
  const prompts = teacher.requests
    .map(({ prompt }) => JSON.stringify(prompt))
    .filter((text) => /Invent one/.test(text));
  assert.ok(prompts.every((text) => text.includes("Name three rivers")));
  assert.equal(prompts.filter((text) => text.includes("Please explain the")).length, 70 - 32);
  assert.equal(new Set(teacher.requests.map(({ seed }) => seed)).size, teacher.requests.length);
});

test("synthesize gives the same bytes with any number of workers", async () => {
  const task = "  - {kind: instructions, count: 50}";
  const one = await make(task, [], { workers: 1 });
  const many = await make(task, [], { workers: 16 });
  assert.deepEqual(one.result.files, many.result.files);
});

test("synthesize makes grounded questions and drops what the document does not hold", async () => {
  const { records } = await make(`${birds}}`);
  assert.match(records[0]!.messages![0]!.content, /heron stands still[\s\S]*How many eggs/);
  assert.match(String(records[0]!.meta["documentSha256"]), /^[0-9a-f]{64}$/);
  assert.match(String(records[0]!.meta["document"]), /birds\.jsonl/);
  const answer = (value: object): Script => [[/Ask one question/, JSON.stringify(value)]];
  const question = "How many eggs does it lay?";
  const noQuote = answer({ question, answer: "It lays four eggs", quote: "it lays seven eggs" });
  const { result } = await make(`${birds}}`, noQuote);
  assert.deepEqual(result.drops, { "grounding: quote is not in the document": 1 });
  const unsupported = answer({
    question,
    answer: "Seventeen penguins visited yesterday",
    quote: "it lays four eggs",
  });
  assert.deepEqual((await make(`${birds}}`, unsupported)).result.drops, {
    "grounding: answer is not supported": 1,
  });
});

/** Passes where the code says so. */
const fakeRun: RunCode = async (_language, code) => {
  const ok = code.includes("2 * n");
  return { ok, stdout: "", stderr: ok ? "" : "AssertionError: double(2)", reason: ok ? "done" : "error" };
};

test("synthesize corrects programs with the error shown, and trains on the last one only", async () => {
  const broken = "```python\ndef double(n):\n    return n\n```\n```python\nassert double(2) == 4\n```";
  const task = "  - {kind: code, count: 1, rounds: 1}";
  const fixed: Script = [[/^(?!.*Running the tests)[\s\S]*Write two blocks/, broken]];
  const good = "```python\ndef double(n):\n    return 2 * n\n```\n```python\nassert double(2) == 4\n```";
  const teacherScript: Script = [[/Running the tests failed/, good], ...fixed];
  const { records } = await make(task, teacherScript, { runCode: fakeRun });
  const [record] = records as [SynthRecord];
  assert.deepEqual(
    record.messages!.map(({ role, trainable }) => [role, trainable ?? true]),
    [
      ["user", true],
      ["assistant", false],
      ["user", true],
      ["assistant", true],
    ],
  );
  assert.match(record.messages![2]!.content, /AssertionError: double\(2\)/);
  assert.equal(record.meta["rounds"], 1);
  const never: Script = [[/Running the tests failed|Write two blocks/, broken]];
  const { result } = await make(task, never, { runCode: fakeRun });
  assert.deepEqual(result.drops, { "execution: tests fail": 1 });
  const noProgram = await make(task, [[/two blocks|write both blocks/, "I would use a loop."]], {
    runCode: fakeRun,
  });
  assert.deepEqual(noProgram.result.drops, { "execution: no program": 1 });
  const always: RunCode = async () => ({ ok: true, stdout: "", stderr: "", reason: "done" });
  const vacuous = await make(task, [], { runCode: always });
  assert.deepEqual(vacuous.result.drops, { "execution: tests pass without the program": 1 });
});

test("synthesize makes tool dialogues whose arguments fit their schema", async () => {
  const task = "  - {kind: tools, count: 4, steps: [2, 2]}";
  const { records } = await make(task);
  const [{ messages, tools }] = records as [SynthRecord];
  assert.deepEqual(
    messages!.map(({ role }) => role),
    ["user", "assistant", "tool", "assistant", "tool", "assistant"],
  );
  const call = messages![1]!.tool_calls![0]!;
  assert.deepEqual(call.function.arguments, { city: "Rome 0" });
  assert.equal(messages![2]!.tool_call_id, call.id);
  assert.equal(tools!.length, 3);
  const wrong: Script = [[/Write the next call/, '{"name": "get_weather_0", "arguments": {"town": 5}}']];
  const { result } = await make("  - {kind: tools, count: 1}", wrong);
  assert.deepEqual(result.drops, { "form: not the form asked for": 1 });
  const same: Script = [[/Write the next call/, '{"name": "get_weather_0", "arguments": {"city": "Rome"}}']];
  assert.deepEqual((await make("  - {kind: tools, count: 1, steps: [2, 2]}", same)).result.drops, {
    "rules: the same call twice": 1,
  });
});

test("synthesize asks in the languages in turn and checks that answers are in them", async () => {
  const german = "Erkläre bitte einem jungen Leser, warum der Himmel am Abend manchmal rot aussieht.";
  const script: Script = [
    [/Write in German[\s\S]*/, JSON.stringify({ instruction: german, input: "" })],
    [/Himmel/, "The sky is red in the evening because light takes a longer way through the air."],
  ];
  const { result, records } = await make("  - {kind: instructions, count: 2, languages: [en, de]}", script);
  assert.deepEqual(result.drops, { "rules: answer in another language": 1 });
  assert.deepEqual(
    records.map(({ meta }) => meta["language"]),
    ["en"],
  );
});

test("synthesize makes preferences by each rule", async () => {
  const spanish = "El cielo se ve rojo por la tarde porque la luz recorre un camino más largo por el aire.";
  const script: Script = [
    [/exactly three lines/, "- one\n- two\n- three"],
    [/one JSON object with the keys/, '{"answer": "yes", "reason": "so"}'],
    [/lower case letters only/, "all in lower case letters"],
    [/That is all/, "It is so. That is all."],
    [/at most \d+ words/, "A short answer of words"],
    [/at least 120 words/, "many words ".repeat(61)],
    [/words copied from the text/, "it lays four eggs"],
    [/^How many eggs does the heron lay\?$/, "About nine of them"],
    [
      /Answer in (French|German|Italian|Portuguese|Hindi|Thai)/,
      "This one is in English although it should not be so.",
    ],
    [/Answer in Spanish/, spanish],
    [
      /Please explain the/,
      `This is an answer of more than forty words: ${"it goes on and on with Words ".repeat(7)}`,
    ],
    [
      /Reply with one block/,
      (_, { seed }) =>
        seed % 2 === 0
          ? "```python\ndef double(n): return 2 * n\n```"
          : "```python\ndef double(n): return n\n```",
    ],
  ];
  const formats = await make("  - {kind: preference, count: 12, rules: [format]}", script);
  assert.equal(formats.result.numKept, 12);
  assert.ok(formats.records.every(({ prompt, chosen, rejected }) => prompt && chosen && rejected));
  assert.ok(formats.result.files.some(({ file }) => file === "data/preference.jsonl"));
  const lengths = await make("  - {kind: preference, count: 6, rules: [length]}", script);
  assert.ok(lengths.result.numKept >= 4, JSON.stringify(lengths.result.drops));
  const languages = await make("  - {kind: preference, count: 24, rules: [language]}", script);
  assert.ok(languages.records.length >= 1);
  assert.ok(languages.records.every(({ meta }) => meta["language"] === "es"));
  const grounded = await make(
    "  - {kind: preference, documents: birds.jsonl, license: CC0-1.0, count: 1, rules: [grounded]}",
    script,
  );
  assert.equal(grounded.records[0]!.rejected![0]!.content, "About nine of them");
  const executed = await make("  - {kind: preference, count: 3, rules: [execution], samples: 12}", script, {
    runCode: fakeRun,
    more: "filters: {duplicateThreshold: null}",
  });
  assert.equal(executed.result.numKept, 3, JSON.stringify(executed.result.drops));
  assert.match(executed.records[0]!.chosen![0]!.content, /2 \* n/);
});

test("synthesize drops by points, by rules and near duplicates, and counts each", async () => {
  const few: Script = [[/Judge an example/, '{"points": 3, "why": "Wrong"}']];
  const filters = "filters: {minPoints: 7}";
  const task = "  - {kind: instructions, count: 3}";
  assert.deepEqual((await make(task, few, { more: filters })).result.drops, { "judge: too few points": 3 });
  assert.deepEqual((await make(task, [[/Judge an example/, "Great!"]], { more: filters })).result.drops, {
    "judge: no usable points": 3,
  });
  const kept = await make(task, [], { more: filters });
  assert.equal(kept.records[0]!.meta["points"], 8);
  const same: Script = [
    [/Invent one/, '{"instruction": "Explain the tides to a sailor in plain words", "input": ""}'],
  ];
  const doubled = await make(task, same);
  assert.deepEqual(doubled.result.drops, { "duplicates: near duplicate": 2 });
  assert.match(readFileSync(join(doubled.folder, "report.html"), "utf8"), /near duplicate/);
  assert.match(readFileSync(join(doubled.folder, "card.md"), "utf8"), /duplicates: near duplicate \| 2/);
});

test("synthesize drops garbage, nothing and texts without end, and stops waiting", async () => {
  const task = "  - {kind: instructions, count: 2}";
  const garbage = await make(task, [[/Invent one/, "\u0000}{ not json"]]);
  assert.deepEqual(garbage.result.drops, { "form: not the form asked for": 2 });
  assert.deepEqual((await make(task, [[/Please explain/, "  "]])).result.drops, { "form: empty answer": 2 });
  const endless = createFakeTeacher();
  const generate = endless.generate.bind(endless);
  endless.generate = async (request) => ({ ...(await generate(request)), reason: "length" });
  const cut = await make("  - {kind: tools, count: 1}", [], { teacher: endless });
  assert.equal(cut.result.numKept, 0);
  const silent = createFakeTeacher([], { reply: () => new Promise(() => undefined) });
  const never = await make(task, [], { teacher: silent, more: "teacher: {seconds: 1}" });
  assert.equal(never.result.numFailed, 2);
  assert.match(never.result.firstFailure!, /no answer within 1 s/);
});

test("synthesize asks failed items again in the next run and keeps the others", async () => {
  const folder = join(root, "half");
  const recipe = recipeOf(root, "  - {kind: instructions, count: 20}", `out: ${folder}`);
  const failing = createFakeTeacher([
    [
      /Please explain/,
      (text, { seed }) => {
        if (seed % 2 === 0) throw new Error("503");
        return `An answer that is long enough, about ${text.slice(19, 40)}.`;
      },
    ],
  ]);
  const first = await synthesize(recipe, { teacher: failing });
  assert.ok(first.numFailed > 2 && first.numKept > 2, JSON.stringify(first.drops));
  const good = createFakeTeacher();
  const second = await synthesize(recipe, { teacher: good });
  assert.equal(second.numFailed, 0);
  assert.equal(second.numKept + second.numDropped, 20);
  // Of a failed item, the instruction is known already.
  assert.equal(good.requests.length, first.numFailed);
  await assert.rejects(
    synthesize({ ...recipe, seed: 5 }, { teacher: good }),
    /cannot be continued: recipe\.seed has changed/,
  );
});

test("synthesize stops when the teacher is gone, and refuses empty documents and code without a sandbox", async () => {
  const gone = createFakeTeacher([], { reply: () => Promise.reject(new Error("connection refused")) });
  await assert.rejects(
    make("  - {kind: instructions, count: 60}", [], { teacher: gone }),
    /failed 24 times in a row, the last time with: connection refused/,
  );
  await assert.rejects(
    make("  - {kind: question-answer, documents: empty.jsonl, license: CC0-1.0}"),
    /Task question-answer: empty\.jsonl holds no text in the field text: every text is empty/,
  );
  await assert.rejects(
    make("  - {kind: code}"),
    /Task code runs code that the teacher writes, but there is no sandbox/,
  );
});

test("synthesize stops at an abort and keeps what it has", async () => {
  const folder = join(root, "aborted");
  const recipe = recipeOf(root, "  - {kind: instructions, count: 60}", `out: ${folder}`);
  const stop = new AbortController();
  const options = { teacher: createFakeTeacher([], { delayMs: 2 }), signal: stop.signal };
  const onProgress = ({ numDone }: { numDone: number }): void => {
    if (numDone === 40) stop.abort();
  };
  await assert.rejects(synthesize(recipe, { ...options, onProgress }), { name: "AbortError" });
  let resumed = 0;
  await synthesize(recipe, {
    teacher: createFakeTeacher(),
    onProgress: ({ numResumed }) => {
      resumed = numResumed;
    },
  });
  assert.ok(resumed >= 32, String(resumed));
});
