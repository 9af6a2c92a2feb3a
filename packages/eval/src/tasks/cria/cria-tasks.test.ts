import assert from "node:assert/strict";
import test from "node:test";
import { readTaskData } from "../../data/task-data.ts";
import type { Generation, Prompt } from "../../generator.ts";
import { scoreItems } from "../../run/score-items.ts";
import type { Outcome, Session } from "../../task.ts";
import { taskGroups, tasks } from "../registry.ts";
import type { NamedCall } from "../special/call-matching.ts";
import { chatLoop } from "./chat-loop.ts";
import { criaFigures, criaTasks } from "./cria-tasks.ts";
import { greetsIn } from "./reply-language.ts";
import { keepsRule } from "./reply-rules.ts";

type Say = string | NamedCall;

/** Fields of all skills' records, as their files hold them. */
interface Fields {
  expect: Readonly<Record<string, readonly string[]>>;
  answers: readonly string[];
  kind: string;
  calls: readonly NamedCall[];
  rules: readonly string[];
  unsafe: boolean;
  language: string;
}

function fakeSession(answer: (prompt: Prompt) => Say): Session {
  return {
    async generate({ prompt }): Promise<Generation> {
      const say = answer(prompt);
      const isText = typeof say === "string";
      return {
        text: isText ? say : "",
        toolCalls: isText ? [] : [{ id: "call_0", ...say }],
        reason: "stop",
        promptTokens: 1,
        completionTokens: 1,
      };
    },
    judge: null,
    loglikelihood: () => assert.fail("no log-likelihoods are needed"),
    runCode: () => assert.fail("no code is run"),
    signal: new AbortController().signal,
  };
}

/** Scores of a whole skill, where `answer` sees a record and what was asked. */
async function scoresOf(
  name: string,
  answer: (row: Fields, prompt: Prompt) => Say,
): Promise<Record<string, number>> {
  const task = tasks.get(`cria_${name}`)!;
  const outcomes: Outcome[] = [];
  for (const row of (await readTaskData(task, "/nowhere")).test) {
    const session = fakeSession((prompt) => answer(row as unknown as Fields, prompt));
    outcomes.push(await task.ask(task.parse(row), [], session));
  }
  const scores = scoreItems(task.metrics, outcomes, 1);
  return Object.fromEntries(Object.entries(scores).map(([metric, { value }]) => [metric, value]));
}

const numMessages = (prompt: Prompt): number => (prompt.kind === "chat" ? prompt.messages.length : 0);

/** A text that keeps a rule of terms: one way of each that is wanted. */
const keeping = (rules: readonly string[]): string =>
  rules
    .flatMap((rule) => {
      const [check, terms = ""] = rule.split(":", 2);
      const ways = rule
        .slice(check!.length + 1)
        .split(",")
        .map((term) => term.split("|")[0]!);
      return check === "all" || check === "order" ? ways : terms === "" ? [] : [ways[0]!];
    })
    .join(" and ");

test("the group cria holds six skills of fifty cases or more", async () => {
  assert.deepEqual(taskGroups.get("cria"), criaTasks);
  for (const task of criaTasks) {
    const { test: rows } = await readTaskData(task, "/nowhere");
    assert.ok(rows.length >= 50, `${task.name} has ${rows.length}`);
    assert.equal(new Set(rows.map((row) => JSON.stringify(row))).size, rows.length, task.name);
    assert.throws(() => task.parse({ unrelated: 1 }), SyntaxError);
  }
  for (const { task, metric } of criaFigures) assert.ok(metric in tasks.get(task)!.metrics, metric);
});

test("cria_conversation passes a listener and fails one that repeats itself", async () => {
  const good = await scoresOf("conversation", ({ expect }, prompt) => {
    const turn = (numMessages(prompt) + 1) / 2;
    return `At turn ${turn}: ${keeping(expect[String(turn)] ?? [])}.`;
  });
  assert.deepEqual(good, { chats_without_loop: 1, rules_kept: 1, chats_right: 1 });
  const loops = await scoresOf("conversation", () => "I like to play. I like to play. I like to play.");
  assert.equal(loops["chats_without_loop"], 0);
  const forgetful = await scoresOf("conversation", (_, prompt) => `Zz ${numMessages(prompt)}`);
  assert.deepEqual(forgetful, { chats_without_loop: 1, rules_kept: 0, chats_right: 0 });
  assert.equal((await scoresOf("conversation", () => ""))["chats_without_loop"], 0);
});

test("cria_passage scores words of the text, and not others", async () => {
  assert.deepEqual(await scoresOf("passage", ({ answers }) => `The ${answers[0]}.`), {
    em: 1,
    f1: 1,
    contains: 1,
  });
  const wrong = await scoresOf("passage", () => "I do not know");
  assert.equal(wrong["em"], 0);
  assert.ok(wrong["f1"]! < 0.05);
  const wordy = await scoresOf("passage", ({ answers }) => `I think that it is ${answers[0]}`);
  assert.deepEqual([wordy["em"], wordy["contains"]], [0, 1]);
});

test("cria_tools counts exact calls of fifty cases and results that are used", async () => {
  const right = await scoresOf("tools", ({ kind, calls, rules }) =>
    kind === "call" ? calls[0]! : `It is ${keeping(rules)}.`,
  );
  assert.deepEqual(right, { right: 1, exact_name_and_arguments: 1, exact_name: 1, result_used: 1 });
  const asText = await scoresOf("tools", ({ calls }) => {
    const { name, arguments: parameters } = calls[0]!;
    return JSON.stringify({ name, parameters });
  });
  assert.equal(asText["exact_name_and_arguments"], 1);
  assert.equal(asText["result_used"], 0);
  const extra = await scoresOf("tools", ({ calls }) => {
    const call = calls[0]!;
    return { name: call.name, arguments: { ...call.arguments, more: 1 } };
  });
  assert.deepEqual(extra, { right: 0, exact_name_and_arguments: 0, exact_name: 1, result_used: 0 });
  const talk = await scoresOf("tools", () => "I will do that.");
  assert.equal(talk["exact_name"], 0);
});

test("cria_safety counts refusals of both kinds apart", async () => {
  const sound = await scoresOf("safety", ({ unsafe }) =>
    unsafe ? "I can't help with that. It could hurt someone." : "Sure! First, take your time.",
  );
  assert.deepEqual(sound, { accuracy: 1, unsafe_refused: 1, false_refusals: 0 });
  const timid = await scoresOf("safety", () => "I'm sorry, but I can't help with that.");
  assert.deepEqual(timid, { accuracy: 0.5, unsafe_refused: 1, false_refusals: 1 });
  const simple = await scoresOf("safety", () => "No. I will not tell you how to do that.");
  assert.equal(simple["unsafe_refused"], 1);
  const willing = await scoresOf("safety", () => "You can't do it in a day, but I can show you how.");
  assert.deepEqual([willing["unsafe_refused"], willing["false_refusals"]], [0, 0]);
  const silent = await scoresOf("safety", () => " ");
  assert.deepEqual(silent, { accuracy: 0, unsafe_refused: 0, false_refusals: 1 });
});

test("cria_greetings wants a greeting in the language of the user", async () => {
  const hosts: Readonly<Record<string, string>> = {
    en: "Hello! How can I help you today?",
    de: "Hallo! Wie kann ich dir helfen?",
    fr: "Bonjour ! Comment puis-je vous aider ?",
    it: "Ciao! Come posso aiutarti?",
    pt: "Olá! Como posso ajudar?",
    es: "¡Hola! ¿Cómo puedo ayudarte?",
  };
  const good = await scoresOf("greetings", ({ language }) => hosts[language]!);
  assert.deepEqual(good, { answered: 1, language: 1, greeting: 1 });
  const english = await scoresOf("greetings", () => hosts["en"]!);
  assert.equal(english["answered"], 9 / 50);
  for (const [language, text] of Object.entries(hosts)) {
    for (const other of Object.keys(hosts)) {
      assert.equal(greetsIn(other, text).isLanguage, other === language, `${text} in ${other}`);
    }
  }
});

const followed: Readonly<Record<string, string>> = {
  "lines=4;count>=4:@fruits": "apple\npear\nplum\nfig",
  "sentences=2;any:sun": "The sun is warm. It shines all day.",
  "start:yes": "Yes, it is.",
  "end:?;any:school,teacher,class,homework,student": "Do you like school?",
  "end:friend": "You are a good friend.",
  "repeat=3:apple": "Apple, apple, apple!",
  "spell:fish": "F-I-S-H",
  "order:2|two,5|five,9|nine": "2, 5, 9",
  "none:red;any:@colors": "Blue.",
  "exact:GOOD MORNING": '"GOOD MORNING"',
};

test("keepsRule holds for answers that do what was asked, and for no others", () => {
  for (const [rules, text] of Object.entries(followed)) {
    for (const rule of rules.split(";")) assert.ok(keepsRule(text, rule), `${rule}: ${text}`);
    const odd = "red zz fi sh 9 5 2 apple apple";
    assert.ok(!rules.split(";").every((rule) => keepsRule(odd, rule)), rules);
  }
  assert.ok(keepsRule("It leaves at 10:45.", "any:10:45"));
  assert.ok(!keepsRule("It leaves at 10:450.", "any:10:45"));
  assert.throws(() => keepsRule("", "anyof:x"), /There is no rule "anyof:x"/);
  assert.throws(() => keepsRule("", "any:@ships"), /There is no list of words ships/);
});

test("cria_instructions has no case that silence or one word for all would pass", async () => {
  assert.deepEqual(await scoresOf("instructions", () => ""), { followed: 0, rules_kept: 0 });
  const babble = await scoresOf("instructions", () => "Once upon a time there was a little girl.");
  assert.ok(babble["followed"]! <= 0.06, String(babble["followed"]));
  const some = await scoresOf("instructions", ({ rules }) => {
    const key = rules.join(";");
    return followed[key] ?? "";
  });
  assert.ok(some["followed"]! >= 10 / 50, String(some["followed"]));
});

test("chatLoop tells circles from talk", () => {
  assert.equal(chatLoop(["I see. I like it a lot.", "I see. I like it too, a lot."]), null);
  assert.equal(chatLoop(["go to the park go to the park"]), "go to the park");
  assert.equal(
    chatLoop(["You are very kind to me.", "Yes.", "You are very kind to me!"]),
    "you are very kind to me",
  );
  assert.equal(chatLoop(["Yes.", "Yes.", "Yes."]), null);
});
