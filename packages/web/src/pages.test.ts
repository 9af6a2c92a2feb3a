import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf, ratingAxis } from "./arena/intervals.ts";
import { describeContestant, toPairRequest } from "./arena/vote.ts";
import { stateOf, toKeyRequest } from "./keys/key-state.ts";
import { applyPullEvent, newPull, secondsLeft } from "./models/pull-progress.ts";
import { formatBytes, formatMs, formatPercent } from "./parts/format.ts";
import { toMessages, toRequest } from "./playground/ask.ts";
import { toCells } from "./playground/cells.ts";
import { ofCompletion, ofPrompt, shadeOf, visible } from "./playground/token.ts";
import { placeSpans, toTraceQuery } from "./traces/waterfall.ts";

test("formatBytes, formatMs and formatPercent write what a reader can take in", () => {
  assert.equal(formatBytes(0, "en"), "0 B");
  assert.equal(formatBytes(1536, "en"), "1.5 KB");
  assert.equal(formatBytes(807_694_464, "de"), "770 MB");
  assert.equal(formatMs(0.25, "en"), "0.25 ms");
  assert.equal(formatMs(1500, "en"), "1.5 s");
  assert.equal(formatMs(150_000, "en"), "2.5 min");
  assert.equal(formatPercent(0.021, "en"), "2.1%");
  assert.equal(formatPercent(0.934, "en"), "93%");
});

test("ratingAxis has round ticks around all intervals, and placeOf puts ratings between them", () => {
  const axis = ratingAxis([
    { rating: 1035, interval: [972, 1104] },
    { rating: 965, interval: null },
  ]);
  assert.deepEqual(axis.ticks, [950, 1000, 1050, 1100, 1150]);
  assert.equal(placeOf(1050, axis), 50);
  const alone = ratingAxis([{ rating: 1000, interval: null }]);
  assert.ok(alone.from < 1000 && alone.to > 1000);
});

test("toPairRequest names contestants only where some are chosen", () => {
  assert.deepEqual(toPairRequest("Why?", [], null), { messages: [{ role: "user", content: "Why?" }] });
  assert.deepEqual(toPairRequest("Why?", ["a"], 64), {
    messages: [{ role: "user", content: "Why?" }],
    contestants: [{ model: "a" }],
    max_tokens: 64,
  });
  assert.equal(describeContestant({ model: "a", name: "warm", temperature: 1 }), "a · temperature 1");
});

test("toKeyRequest leaves out what is empty, and stateOf tells what a key is worth", () => {
  const empty = { name: " lab ", scopes: ["read"], models: " ", requests: "", tokens: "", days: "" };
  assert.deepEqual(toKeyRequest(empty, 0), { name: "lab", scopes: ["read"] });
  const full = { ...empty, models: "a, b,", requests: "30", tokens: "1000", days: "7" };
  assert.deepEqual(toKeyRequest(full, 100), {
    name: "lab",
    scopes: ["read"],
    models: ["a", "b"],
    requests_per_minute: 30,
    tokens_per_day: 1000,
    expires_at: 100 + 7 * 86_400,
  });
  assert.equal(stateOf({ revoked_at: null, expires_at: null }, 10), "active");
  assert.equal(stateOf({ revoked_at: null, expires_at: 10 }, 10), "expired");
  assert.equal(stateOf({ revoked_at: 5, expires_at: 10 }, 10), "revoked");
});

test("applyPullEvent measures speed over the last seconds only", () => {
  const progress = (received_bytes: number): Parameters<typeof applyPullEvent>[1] => ({
    type: "progress",
    file: "model.gguf",
    received_bytes,
    total_bytes: 10_000,
  });
  const planned = applyPullEvent(
    newPull,
    { type: "plan", name: "model", num_files: 1, total_bytes: 10_000 },
    0,
  );
  assert.equal(secondsLeft(planned), null);
  const first = applyPullEvent(planned, progress(1000), 0);
  assert.equal(first.speed, null);
  const second = applyPullEvent(first, progress(3000), 1000);
  assert.equal(second.speed, 2000);
  assert.equal(secondsLeft(second), 3.5);
  const later = applyPullEvent(second, progress(4000), 5500);
  assert.equal(later.marks.length, 2, "the first mark is too old");
});

test("toRequest asks for alternatives and sends only what is set", () => {
  const question = {
    mode: "completion",
    prompt: "A llama",
    system: "",
    user: "Hi",
    temperature: 0,
    topP: null,
    maxTokens: null,
    seed: 7,
  } as const;
  assert.deepEqual(toRequest(question, "a"), {
    path: "v1/completions",
    body: { model: "a", stream: true, temperature: 0, seed: 7, prompt: "A llama", logprobs: 5 },
  });
  assert.deepEqual(toMessages(question), [{ role: "user", content: "Hi" }]);
  assert.equal(toRequest({ ...question, mode: "chat" }, "a").body["top_logprobs"], 5);
});

test("tokens of completions and prompts are shown with their alternatives, bytes and white space", () => {
  const [token] = ofCompletion({
    tokens: [" the"],
    token_logprobs: [-1],
    top_logprobs: [{ " a": -0.5, " the": -1 }],
    text_offset: [0],
  });
  assert.deepEqual(token!.top[0], { text: " a", logprob: -0.5 });
  assert.equal(ofPrompt({ id: 1, text: "\ufffd", bytes: [0xe0, 0xb8], special: false }).text, "⟨e0 b8⟩");
  assert.deepEqual(
    [0.9, 0.6, 0.3, 0.1, 0.01].map((share) => shadeOf(Math.log(share))),
    [0, 1, 2, 3, 4],
  );
  assert.equal(visible(" a\n"), "·a↵");
  assert.deepEqual(toCells(61, 180), { cells: 180, full: 61 });
  assert.deepEqual(toCells(1, 100_000), { cells: 240, full: 1 });
});

test("placeSpans puts children below their parents by their start, and strays at the top", () => {
  const span = (
    span_id: string,
    parent_span_id: string | null,
    start_ms: number,
  ): Parameters<typeof placeSpans>[0][number] => ({
    span_id,
    parent_span_id,
    name: span_id,
    kind: "internal",
    start_ms,
    duration_ms: 10,
    status: "ok",
    attributes: {},
  });
  const spans = [span("late", "root", 60), span("root", "elsewhere", 0), span("early", "root", 20)];
  const placed = placeSpans(spans, 100);
  assert.deepEqual(
    placed.map((each) => [each.span.name, each.depth, each.from]),
    [
      ["root", 0, 0],
      ["early", 1, 0.2],
      ["late", 1, 0.6],
    ],
  );
});

test("toTraceQuery tells ids of answers from those of requests", () => {
  const filters = { model: "", route: "", status: "error", id: "chatcmpl-1" };
  assert.equal(toTraceQuery(filters, null, 50).toString(), "limit=50&status=error&response_id=chatcmpl-1");
  assert.equal(
    toTraceQuery({ ...filters, status: "", id: "req_1" }, "trace_9", 50).toString(),
    "limit=50&request_id=req_1&after=trace_9",
  );
});
