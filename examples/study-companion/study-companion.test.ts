import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { request } from "@llamero/core/net/request";
import { ScriptedModel } from "../scripted-model.ts";
import { Companion } from "./companion.ts";
import { type Card, isSame } from "./quiz.ts";
import { type RunningApp, startApp } from "./start.ts";
import { isSigned, readTexts, signBody } from "./webhook.ts";

const cards = JSON.parse(readFileSync(new URL("cards.json", import.meta.url), "utf8")) as readonly Card[];
const noSignal = new AbortController().signal;
const secrets = { appSecret: "app", verifyToken: "verify", accessToken: "access" };

const whatsapp = (id: string, text: string, { from = "351910000000", at = Date.now() } = {}): string =>
  JSON.stringify({
    object: "whatsapp_business_account",
    entry: [
      {
        changes: [
          {
            value: {
              metadata: { phone_number_id: "100" },
              messages: [
                { from, id, timestamp: String(Math.floor(at / 1000)), type: "text", text: { body: text } },
              ],
            },
          },
        ],
      },
    ],
  });

const messenger = (mid: string, text: string): string =>
  JSON.stringify({
    object: "page",
    entry: [
      {
        messaging: [
          { sender: { id: "7" }, recipient: { id: "9" }, timestamp: Date.now(), message: { mid, text } },
          {
            sender: { id: "9" },
            recipient: { id: "7" },
            timestamp: Date.now(),
            message: { mid: "e", text, is_echo: true },
          },
        ],
      },
    ],
  });

/** The app with Meta's secrets, whose Graph API is a second app's simulator, or one that nobody answers. */
async function start(t: TestContext, model = new ScriptedModel(() => "An answer.")): Promise<RunningApp> {
  const companion = new Companion({ model, cards, random: () => 0 });
  const errors: unknown[] = [];
  const running = await startApp({
    companion,
    port: 0,
    secrets: null,
    graph: "",
    onError: (error) => errors.push(error),
  });
  t.after(async () => {
    await running[Symbol.asyncDispose]();
    assert.deepEqual(errors, []);
  });
  return running;
}

async function post({ origin, app, secrets: { appSecret } }: RunningApp, body: string, signature?: string) {
  const response = await request(`${origin}/webhook`, {
    purpose: "test",
    access: "any",
    method: "POST",
    headers: { "x-hub-signature-256": signature ?? signBody(Buffer.from(body), appSecret) },
    body,
  });
  const text = await response.text();
  await app.settled();
  return { status: response.status, text };
}

async function bubbles({ origin }: RunningApp): Promise<string[]> {
  const response = await request(`${origin}/simulator`, { purpose: "test", access: "any" });
  const entries = (await response.json()) as { kind: string; from: string; text: string }[];
  return entries.filter(({ kind, from }) => kind === "bubble" && from === "app").map(({ text }) => text);
}

test("isSigned takes the signature of the very bytes only", () => {
  const body = Buffer.from('{"text":"ol\u00e1"}');
  const signature = signBody(body, secrets.appSecret);
  assert.equal(isSigned(body, signature, secrets.appSecret), true);
  assert.equal(isSigned(Buffer.from('{"text": "ol\u00e1"}'), signature, secrets.appSecret), false);
  for (const forged of [
    undefined,
    "",
    "sha256=",
    signBody(body, "other"),
    `${signature}0`,
    signature.slice(0, -1),
    signature.toUpperCase(),
    signature.replace("sha256", "sha1"),
    "\u00e9".repeat(71),
  ])
    assert.equal(isSigned(body, forged, secrets.appSecret), false, String(forged));
});

test("readTexts takes texts of both channels and nothing else", () => {
  const [first] = readTexts(JSON.parse(whatsapp("w1", "hello")));
  assert.deepEqual(
    [first?.channel, first?.account, first?.user, first?.text],
    ["whatsapp", "100", "351910000000", "hello"],
  );
  const texts = readTexts(JSON.parse(messenger("m1", "hi")));
  assert.deepEqual(
    texts.map(({ id, user, account }) => [id, user, account]),
    [["m1", "7", "9"]],
  );
  const others: unknown[] = [
    null,
    1,
    [],
    {},
    { object: "page", entry: {} },
    { object: "page", entry: [{ messaging: [null, {}] }] },
  ];
  others.push(JSON.parse(whatsapp("w", "x", { from: "../admin" })));
  for (const other of others) assert.deepEqual(readTexts(other), []);
});

test("GET /webhook answers the challenge to whoever knows the token", async (t) => {
  const { origin, secrets: own } = await start(t);
  const ask = async (token: string) => {
    const query = new URLSearchParams({
      "hub.mode": "subscribe",
      "hub.verify_token": token,
      "hub.challenge": "4711",
    });
    const response = await request(`${origin}/webhook?${query}`, { purpose: "test", access: "any" });
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask(own.verifyToken), [200, "4711"]);
  assert.deepEqual(await ask("guess"), [403, "Wrong token"]);
});

test("POST /webhook refuses forged, broken and large bodies, and answers a message once", async (t) => {
  const running = await start(t);
  const body = whatsapp("w1", "Why?");
  assert.equal((await post(running, body, signBody(Buffer.from(body), "a guess"))).status, 403);
  assert.equal((await post(running, body, "")).status, 403);
  assert.equal((await post(running, "{")).status, 400);
  assert.equal((await post(running, "x".repeat(300_000))).status, 413);
  assert.deepEqual(await bubbles(running), []);

  // The simulator takes answers of its own account only, so that the text goes through it.
  assert.equal(await running.simulator?.send("messenger", "Why?", "signed"), 200);
  assert.equal(await running.simulator?.send("messenger", "", "again"), 200);
  assert.equal(await running.simulator?.send("messenger", "Why?", "forged"), 403);
  await running.app.settled();
  assert.deepEqual(await bubbles(running), ["An answer."]);
  const old = whatsapp("w2", "Why?", { at: Date.now() - 48 * 3_600_000 });
  assert.deepEqual(await post(running, old), { status: 200, text: "Nothing new" });
});

test("an answer that the Graph API refuses is told, and the next one comes", async () => {
  const errors: unknown[] = [];
  const companion = new Companion({ model: new ScriptedModel(() => "An answer."), cards });
  await using meta = await startApp({ companion, port: 0, secrets: null, graph: "", onError: () => {} });
  await using running = await startApp({
    companion,
    port: 0,
    secrets,
    graph: `${meta.origin}/graph`,
    onError: (error) => errors.push(error),
  });
  assert.equal((await post(running, whatsapp("w1", "Why?"))).status, 200);
  assert.equal((await post(running, whatsapp("w2", "Why?"))).status, 200);
  assert.equal(errors.length, 2);
  assert.match(String(errors[0]), /The Graph API refused a message of 100: 404/);
});

test("Companion remembers each student apart, shows the cards to the model, and forgets when told", async () => {
  const model = new ScriptedModel((messages) => `Answer ${messages.length}`);
  const companion = new Companion({ model, cards });
  const ask = (user: string, text: string) => companion.answer(user, text, noSignal);
  assert.equal(await ask("ada", "What is a chloroplast?"), "Answer 2");
  assert.match(model.prompts[0]?.[0]?.content ?? "", /Chloroplasts hold chlorophyll/);
  assert.equal(await ask("ada", "And why?"), "Answer 4");
  assert.equal(await ask("bob", "And why?"), "Answer 2");
  assert.match(await ask("ada", "forget"), /remember nothing/);
  assert.equal(await ask("ada", "And why?"), "Answer 2");
});

test("a quiz judges by the cards and asks again what was wrong", async () => {
  const model = new ScriptedModel(() => assert.fail("the model is not asked"));
  const companion = new Companion({ model, cards, random: () => 0, quizLength: 2 });
  const ask = (text: string) => companion.answer("ada", text, noSignal);
  assert.match(await ask("Quiz chemistry"), /no cards about chemistry/);
  assert.match(
    await ask("quiz Geography"),
    /^2 questions, geography\.\n\nWhich river flows through Lisbon\?$/,
  );
  assert.match(await ask("the Douro"), /^✗ It is Tagus\. .*\n\nWhat is the capital of Peru\?$/s);
  assert.match(await ask("It's LIMA."), /^✓ Right\. .*\n\nWhich river flows through Lisbon\?$/s);
  assert.match(await ask("tagos"), /^✓ Right\. .*2 of 2 known/s);
});

test("isSame forgives accents, case and one slip, and takes no list of guesses", () => {
  assert.ok(isSame("  Cárbon Dióxide ", "carbon dioxide"));
  assert.ok(isSame("It was in 1989", "1989"));
  assert.ok(!isSame("1988", "1989"));
  assert.ok(!isSame("Lima Quito Bogota Santiago Caracas La Paz", "Lima"));
});
