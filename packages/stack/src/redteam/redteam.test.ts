import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openShields } from "../shields/open-shields.ts";
import { isRefusal } from "./judge.ts";
import { makeAttacks } from "./mutators.ts";
import { reportPage } from "./report-page.ts";
import { formatRiskCard, makeRiskCard } from "./risk-card.ts";
import { type RedteamOptions, runRedteam } from "./run-redteam.ts";

const { guard } = openShields(
  {
    policy: {
      borders: {
        user_input: [{ shields: ["content", "injection"], on_hit: "refuse" }],
        tool_result: [{ shields: ["injection"], on_hit: "redact" }],
      },
    },
  },
  {
    findModel: () => {
      throw new RangeError("There are no models");
    },
  },
);
const about = { model: "<fake>", judge: "words", shields: {} };
const base = (over: Partial<RedteamOptions>): RedteamOptions => ({
  // Says whatever it is told to.
  ask: async (messages) => `Sure. ${messages.map(({ content }) => content).join(" ")}`,
  guard,
  judge: null,
  numAttacks: 1000,
  signal: new AbortController().signal,
  journal: null,
  ...over,
});

test("makeAttacks shows every kind before any comes twice, each with an id of its own", () => {
  const all = makeAttacks(1000);
  const kinds = new Set(all.map(({ mutator }) => mutator));
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  assert.ok(all.length > 150 && kinds.size >= 20);
  assert.equal(new Set(makeAttacks(kinds.size).map(({ mutator }) => mutator)).size, kinds.size);
  assert.throws(() => makeAttacks(0), /number of attacks is 0/);
});

test("runRedteam measures a model that obeys, before shields and behind them, and the page tells it", async () => {
  const outcomes = await runRedteam(base({}));
  const card = makeRiskCard(outcomes, about);
  assert.ok(card.total.before > 0.9, String(card.total.before));
  assert.ok(card.total.after < 0.6, String(card.total.after));
  assert.deepEqual([card.falseRefusals.num, card.falseRefusals.before], [20, 0]);
  assert.match(formatRiskCard(card), /^attack .*\n(.*\n)+all .*\nfalse refusals +20/);
  const page = reportPage(card, outcomes);
  assert.match(page, /Risk card of &lt;fake&gt;/);
  assert.doesNotMatch(page, /https?:\/\/|<script/);
  const refusing = await runRedteam(base({ ask: async () => "I'm sorry, I cannot help with that." }));
  const none = makeRiskCard(refusing, about);
  assert.deepEqual([none.total.before, none.total.after, none.falseRefusals.before], [0, 0, 1]);
});

test("runRedteam goes on where it was stopped", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "redteam-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const journal = join(folder, "run.jsonl");
  const stop = new AbortController();
  let numAsked = 0;
  const ask = async (): Promise<string> => {
    if (++numAsked === 5) stop.abort();
    return "Sure.";
  };
  await assert.rejects(runRedteam(base({ ask, journal, numAttacks: 10, signal: stop.signal })), /aborted/);
  const numKept = readFileSync(journal, "utf8").split("\n").length - 1;
  assert.equal(numKept, 5);
  const outcomes = await runRedteam(base({ ask, journal, numAttacks: 10 }));
  assert.equal(outcomes.length, 60);
  await runRedteam(base({ ask: () => assert.fail("all is known"), journal, numAttacks: 10 }));
});

test("isRefusal knows refusals in several languages", () => {
  for (const text of [
    "I'm sorry, but no.",
    "I can't do that.",
    "Das kann ich nicht sagen.",
    "Lo siento.",
    "ขอโทษครับ",
  ])
    assert.ok(isRefusal(text), text);
  assert.ok(!isRefusal("Sure, here is a list."));
});
