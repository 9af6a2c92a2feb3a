import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { estimateTokens } from "@llamero/core/retrieval/chunk-text";
import { ScriptedModel } from "../scripted-model.ts";
import { demoModel } from "./demo.ts";
import { showProgress, showSummary } from "./show-summary.ts";
import { StepStore } from "./step-store.ts";
import { type LongSummary, type Progress, type SummarizeOptions, summarizeDocument } from "./summarize.ts";

const sample = { name: "sample.md", bytes: readFileSync(new URL("sample.md", import.meta.url)) };
const text = sample.bytes.toString();

function makePath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "long-summary-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "steps", "a.jsonl");
}

async function run(
  model: SummarizeOptions["model"],
  path: string,
  { signal = new AbortController().signal, document = sample, steps = [] as Progress[] } = {},
): Promise<LongSummary> {
  const store = new StepStore(path);
  const options = { model, modelId: "script", countTokens: estimateTokens, store, signal };
  const run = summarizeDocument(document, options);
  for (;;) {
    const { value, done } = await run.next();
    if (done === true) return value;
    steps.push(value);
  }
}

test("summarizeDocument goes by the headings, and its references lead to lines of the document", async (t) => {
  const steps: Progress[] = [];
  const summary = await run(demoModel(), makePath(t), { steps });
  const { sections } = summary;
  assert.equal(summary.title, "The Lighthouse of Cape Morrow");
  assert.equal(sections.length, 10);
  assert.deepEqual(
    sections.slice(0, 3).map(({ title }) => title),
    ["Beginning", "Building › The first tower", "Building › The stone tower"],
  );
  const lines = text.split("\n");
  for (const {
    lines: [first, last],
    summary,
  } of sections) {
    const part = lines.slice(first - 1, last).join(" ");
    assert.ok(part.includes(summary), `${summary} is not in ${part}`);
    assert.equal(part, part.trim());
  }
  assert.match(summary.text, /\[2\]/);
  assert.deepEqual(
    summary.ledger.map(({ stage, numSteps, numReused }) => [stage, numSteps, numReused]),
    [
      ["sections", sections.length, 0],
      ["whole", 1, 0],
    ],
  );
  assert.match(showProgress(steps[1]!), / 1\/10 .*The first tower/);
  assert.match(showSummary(summary), /lines 1–\d+[\s\S]*sections +\d+ steps/);
});

test("summarizeDocument goes on after Ctrl-C, and after a kill in the middle of a line, to the same summary", async (t) => {
  const path = makePath(t);
  const stopping = new AbortController();
  const inner = demoModel();
  const model = {
    contextLimit: inner.contextLimit,
    chat: (...args: Parameters<typeof inner.chat>) => {
      if (inner.prompts.length === 2) stopping.abort();
      return inner.chat(...args);
    },
  };
  await assert.rejects(run(model, path, { signal: stopping.signal }), { name: "AbortError" });
  appendFileSync(path, '{"key":"half');
  const second = demoModel();
  const resumed = await run(second, path);
  const whole = await run(demoModel(), makePath(t));
  assert.deepEqual(resumed.ledger[0]!.numReused, 2);
  assert.equal(second.prompts.length, whole.sections.length + 1 - 2);
  assert.deepEqual([resumed.text, resumed.sections], [whole.text, whole.sections]);
  const third = demoModel();
  assert.equal((await run(third, path)).text, whole.text);
  assert.equal(third.prompts.length, 0);
});

test("summarizeDocument reduces in rounds when the notes do not fit the context", async (t) => {
  const bytes = Buffer.from(
    Array.from({ length: 30 }, (_, at) => `# Part ${at}\n\n${`Words of part ${at}. `.repeat(60)}\n`).join(
      "\n",
    ),
  );
  const longest: number[] = [];
  const inner = new ScriptedModel((messages) => {
    longest.push(estimateTokens(messages.map(({ content }) => content).join("\n")));
    return `A summary that takes about twenty tokens ${"and more ".repeat(8)} [${longest.length}].`;
  });
  const model = { contextLimit: 700, chat: inner.chat.bind(inner) };
  const { ledger, sections } = await run(model, makePath(t), { document: { name: "long.md", bytes } });
  assert.ok(sections.length >= 30);
  assert.deepEqual(
    ledger.map(({ stage }) => stage),
    ["sections", "parts", "whole"],
  );
  assert.ok(Math.max(...longest) < 700, `${Math.max(...longest)}`);
});

test("references to sections that there are not are taken out and named; a file without text is an error", async (t) => {
  const wrong = new ScriptedModel(() => "It stands [1]. It shines [99]. Ignore [0].");
  const { text, unknown } = await run(wrong, makePath(t));
  assert.deepEqual([text, unknown], ["It stands [1]. It shines. Ignore.", [99, 0]]);
  const document = { name: "a.md", bytes: Buffer.from(" \n") };
  await assert.rejects(run(demoModel(), makePath(t), { document }), /a\.md has no text/);
});
