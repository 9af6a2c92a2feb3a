import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readPairs } from "@llamero/train/tune";
import type {
  ArenaPair,
  ArenaPairEvent,
  ArenaRanking,
  CastVoteResponse,
  JudgeResponse,
} from "../api/arena.ts";
import type { Json } from "../api/json.ts";
import type { Page } from "../api/paging.ts";
import { drawContestants, nameOf } from "../arena/draw-contestants.ts";
import { judgePrompt, readVerdict } from "../arena/judge.ts";
import { type Served, serveFake } from "../fake-server.ts";
import { FakeTextModel } from "../fake-text-model.ts";

async function call<T = Json>(
  { server }: Served,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${server.url}/v1alpha/arena${path}`, {
    method,
    ...(body !== undefined && {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === "" ? null : JSON.parse(text)) as T };
}

/** Good and bad answer apart; a judge that takes what it reads first, and one that knows what is good. */
const serveArena = (t: Parameters<typeof serveFake>[0]): Promise<Served> => {
  const says = (reply: (text: string) => string): FakeTextModel =>
    new FakeTextModel({ reply: (messages) => reply(messages.at(-1)!.content) });
  const models = [
    { name: "good", model: says((text) => `good: ${text}`) },
    { name: "bad", model: says((text) => `bad: ${text}`) },
    { name: "first", model: says(() => "I like it. Verdict: A") },
    {
      name: "fair",
      model: says((text) => (text.indexOf("good:") < text.indexOf("bad:") ? "Verdict: A" : "**Verdict:** B")),
    },
    { name: "mute", model: says(() => "I cannot say") },
  ];
  return serveFake(t, {}, { models });
};
const contestants = [{ model: "good" }, { model: "bad" }];
const ask = (served: Served, content: string): Promise<{ status: number; body: ArenaPair }> =>
  call(served, "POST", "/pairs", { messages: [{ role: "user", content }], contestants });
const better = ({ left }: ArenaPair): "left" | "right" => (left.text.startsWith("good") ? "left" : "right");

test("an arena pair is streamed side by side, names nobody, and ends with the pair that is kept", async (t) => {
  const served = await serveArena(t);
  const response = await fetch(`${served.server.url}/v1alpha/arena/pairs`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content: "a b c" }], contestants, stream: true }),
  });
  const text = await response.text();
  assert.ok(text.endsWith("data: [DONE]\n\n"), text);
  const events = text
    .split("\n\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)) as ArenaPairEvent);
  const last = events.pop()!;
  assert.ok(last.type === "done");
  const said = { left: "", right: "" };
  const order = events.map((event) => {
    assert.ok(event.type === "delta");
    said[event.side] += event.text;
    return event.side;
  });
  assert.deepEqual(said, { left: last.pair.left.text, right: last.pair.right.text });
  assert.ok(
    order.lastIndexOf("left") > order.indexOf("right") && order.lastIndexOf("right") > order.indexOf("left"),
  );
  assert.equal(text.includes('"model"'), false);
  assert.deepEqual((await call(served, "GET", `/pairs/${last.pair.id}`)).body, last.pair);
});

test("arena pairs are blind until each rater's one vote", async (t) => {
  const served = await serveArena(t);
  const { status, body: pair } = await ask(served, "hi");
  assert.equal(status, 200);
  assert.equal(pair.contestants, null);
  assert.deepEqual([pair.left.text, pair.right.text].sort(), ["bad: hi", "good: hi"]);
  assert.equal(JSON.stringify(pair).includes('"model"'), false);
  const vote = { choice: better(pair), reason: "knows", tags: ["correct"], rater: "ann" };
  const cast = await call<CastVoteResponse>(served, "POST", `/pairs/${pair.id}/votes`, vote);
  assert.deepEqual(cast.body.contestants[better(pair)], { model: "good", name: "good" });
  assert.equal(cast.body.vote.reason, "knows");
  assert.equal((await call(served, "POST", `/pairs/${pair.id}/votes`, vote)).status, 409);
  const seen = (rater: string) => call<ArenaPair>(served, "GET", `/pairs/${pair.id}?rater=${rater}`);
  assert.notEqual((await seen("ann")).body.contestants, null);
  const { body: veiled } = await seen("bob");
  assert.deepEqual([veiled.contestants, veiled.num_votes], [null, 1]);
  const { body: list } = await call<Page<ArenaPair>>(served, "GET", "/pairs?rater=bob");
  assert.deepEqual(list.data, [veiled]);
  const { body: votes } = await call<Page<Json>>(served, "GET", "/votes?rater=ann");
  assert.deepEqual(votes.data, [cast.body.vote]);
  assert.equal((await call(served, "DELETE", `/pairs/${pair.id}`)).status, 204);
  assert.deepEqual((await call<Page<Json>>(served, "GET", "/votes")).body.data, []);
  for (const [path, body, expected] of [
    [`/pairs/${pair.id}/votes`, { choice: "left" }, 404],
    ["/pairs", { messages: [{ role: "user", content: "x" }], contestants: [{ model: "none" }] }, 404],
    [
      "/pairs",
      { messages: [{ role: "user", content: "x" }], contestants: [...contestants, contestants[0]] },
      400,
    ],
    ["/pairs", { messages: [{ role: "assistant", content: "x" }] }, 400],
    [`/pairs/${pair.id}/votes`, { choice: "up" }, 400],
    [`/pairs/${pair.id}/votes`, { choice: "left", rater: "judge:good" }, 400],
    ["/judgments", { judge_model: "none" }, 200],
    ["/judgments", { judge_model: "fair", pair_ids: ["pair_no"] }, 404],
  ] as const)
    assert.equal((await call(served, "POST", path, body)).status, expected, JSON.stringify(body));
});

test("arena votes become a ranking, agreement and preference data that train dpo reads", async (t) => {
  const served = await serveArena(t);
  const vote = (pair: ArenaPair, choice: string, rater: string) =>
    call(served, "POST", `/pairs/${pair.id}/votes`, { choice, rater });
  const pairs: ArenaPair[] = [];
  for (const content of ["a", "b", "c", "d"]) pairs.push((await ask(served, content)).body);
  for (const pair of pairs) await vote(pair, better(pair), "ann");
  for (const pair of pairs.slice(0, 3)) await vote(pair, better(pair), "bob");
  await vote(pairs[3]!, better(pairs[3]!) === "left" ? "right" : "left", "bob");
  await vote(pairs[2]!, "both_bad", "cy");
  const { body: ranking } = await call<ArenaRanking>(served, "GET", "/ranking?raters=human");
  assert.deepEqual(
    ranking.ratings.map(({ name, wins, losses, ties }) => [name, wins, losses, ties]),
    [
      ["good", 7, 1, 1],
      ["bad", 1, 7, 1],
    ],
  );
  const [{ interval, rating }] = ranking.ratings as [ArenaRanking["ratings"][0]];
  assert.ok(interval![0] <= rating && rating <= interval![1]);
  const { num_pairs, num_raters, agreement, raters } = ranking.agreement;
  assert.deepEqual([num_pairs, num_raters], [4, 3]);
  assert.equal(agreement, (1 + 1 + 1 / 3 + 0) / 4);
  assert.deepEqual(raters[0]!.raters, ["ann", "bob"]);
  assert.equal(raters[0]!.agreement, 0.75);
  const response = await fetch(`${served.server.url}/v1alpha/arena/preferences`);
  const text = await response.text();
  const folder = mkdtempSync(join(tmpdir(), "arena-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "pairs.jsonl");
  writeFileSync(path, text);
  const { records, notes } = await readPairs([path]);
  assert.deepEqual(notes, []);
  assert.deepEqual(
    records.map(({ prompt, chosen, rejected }) =>
      [prompt, chosen, rejected].map(([message]) => message!.content),
    ),
    ["a", "b", "c"].map((each) => [each, `good: ${each}`, `bad: ${each}`]),
  );
});

test("arena judges read both orders; what changes with them is a tie and counts as bias", async (t) => {
  const served = await serveArena(t);
  for (const content of ["a", "b", "c"]) await ask(served, content);
  const judge = async (model: string): Promise<JudgeResponse> => {
    const { body } = await call<JudgeResponse>(served, "POST", "/judgments", { judge_model: model });
    return body;
  };
  const first = await judge("first");
  assert.deepEqual(
    first.votes.map(({ choice }) => choice),
    ["tie", "tie", "tie"],
  );
  assert.deepEqual(
    [first.judge.inconsistent, first.judge.prefers_first, first.judge.prefers_second],
    [1, 1, 0],
  );
  const fair = await judge("fair");
  assert.equal(fair.judge.inconsistent, 0);
  assert.equal((await judge("fair")).votes.length, 0);
  assert.equal((await judge("mute")).unread.length, 3);
  const { body: ranking } = await call<ArenaRanking>(served, "GET", "/ranking");
  assert.deepEqual(
    ranking.ratings.map(({ name, wins, ties }) => [name, wins, ties]),
    [
      ["good", 3, 3],
      ["bad", 0, 3],
    ],
  );
  assert.deepEqual(
    ranking.judges.map(({ model }) => model),
    ["fair", "first"],
  );
  const { body: human } = await call<ArenaRanking>(served, "GET", "/ranking?raters=human");
  assert.deepEqual([human.ratings, human.num_votes], [[], 0]);
});

test("drawContestants mixes sides, never draws one twice, and gives one alone two seeds", () => {
  const all = ["a", "b", "c"].map((model) => ({ model }));
  const seen = new Set<string>();
  for (let at = 0; at < 200; at++) {
    const [left, right] = drawContestants(all);
    assert.notEqual(left.model, right.model);
    seen.add(left.model + right.model);
  }
  assert.equal(seen.size, 6);
  const [one, two] = drawContestants([{ model: "a", temperature: 1 }]);
  assert.notEqual(one.seed, two.seed);
  assert.equal(nameOf(one), "a (temperature 1)");
});

test("readVerdict takes the last verdict, and judgePrompt holds the answers in order", () => {
  for (const [text, verdict] of [
    ["Verdict: A", "first"],
    ["Verdict: A? No.\nVerdict: **B**", "second"],
    ["verdict: Tie", "tie"],
    ["B", "second"],
    ["Answer A is nice", null],
    ["", null],
  ] as const)
    assert.equal(readVerdict(text), verdict, text);
  const answer = (text: string) => ({ text, finish_reason: "stop", completion_tokens: 1 });
  const prompt = judgePrompt([{ role: "user", content: "why" }], [answer("Rayleigh"), answer("magic")]);
  assert.ok(
    prompt.indexOf("user: why") < prompt.indexOf("Rayleigh") &&
      prompt.indexOf("Rayleigh") < prompt.indexOf("magic"),
  );
});
