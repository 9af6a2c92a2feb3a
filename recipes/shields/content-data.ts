import { fill, sentenceCase, withAn } from "../cria/conversation.ts";
import { createRandom, type Random } from "../cria/random.ts";
import { makeChat } from "../cria/skills/chat.ts";
import { makeInstruction } from "../cria/skills/instructions.ts";
import { slots } from "../cria/skills/safety.ts";
import { everydayActs, harmlessQuestions, lookAlikes, openActs } from "../cria/words/look-alikes.ts";
import { actAsks, disguises, harms, selfHarm } from "../cria/words/unsafe.ts";
import { createWorld } from "../cria/world.ts";
import { foreignHarmless, foreignHarms } from "./foreign-harms.ts";
import type { LabeledText } from "./texts.ts";
import { readWords } from "./words.ts";

/** Categories of Llama Guard 3 for the kinds of harm of Cria's recipe. */
const codes: Readonly<Record<string, string>> = {
  weapons: "S9",
  violence: "S1",
  theft: "S2",
  drugs: "S2",
  hacking: "S2",
  hate: "S10",
  privacy: "S7",
  fraud: "S2",
  abuse: "S4",
  terror: "S9",
};

/** What people say to a chat program, of our own. */
export function makeTalk(seed: number, count: number): LabeledText[] {
  const random = createRandom(seed);
  const world = createWorld(random, "train");
  return Array.from({ length: count }, () => (random.chance(0.5) ? makeChat : makeInstruction)(world))
    .flatMap(({ messages }) => messages)
    .filter(({ role }) => role === "user")
    .map(({ content }) => ({ text: content, kind: null, source: "own" }));
}

const foreignActs = readWords("foreign-acts");

/** Requests in the other seven languages that do harm, and the same ones for what harms nobody. */
function makeForeignRequests(random: Random, perLanguage: number): LabeledText[] {
  return ["de", "fr", "it", "pt", "es", "hi", "th"].flatMap((language) => {
    const asks = foreignActs[`${language} asks`]!;
    const harms = ["S1", "S2", "S7", "S9", "S10", "S11"].flatMap((code) =>
      foreignActs[`${language} ${code}`]!.map((act) => ({ act, code })),
    );
    const calm = foreignActs[`${language} harmless`]!.map((act) => ({ act, code: null }));
    return Array.from({ length: perLanguage }, (_, at): LabeledText => {
      const { act, code } = random.pick<{ act: string; code: string | null }>(at % 2 === 0 ? harms : calm);
      return { text: sentenceCase(fill(random.pick(asks), { a: act })), kind: code, source: "own" };
    });
  });
}

/** Requests that do harm, with their category, and harmless ones; all of our own. */
export function makeContentTexts(count: number, seed: number): LabeledText[] {
  const random = createRandom(seed);
  const world = createWorld(random, "train");
  const ask = (act: string): string => sentenceCase(fill(random.pick(actAsks), { a: act }));
  const texts: LabeledText[] = [];
  const add = (text: string, kind: string | null): void => {
    texts.push({ text: withAn(fill(text, slots(world))), kind, source: "own" });
  };
  for (let at = 0; at < count; at++) {
    if (random.chance(0.14)) {
      add(random.chance(0.5) ? random.pick(selfHarm.asks) : ask(random.pick(selfHarm.acts)), "S11");
    } else {
      const harm = random.pick(harms);
      const plain = random.chance(0.75) ? ask(random.pick(harm.acts)) : random.pick(harm.requests);
      add(random.chance(0.12) ? fill(random.pick(disguises), { q: plain }) : plain, codes[harm.name]!);
    }
    const roll = random.next();
    if (roll < 0.45) add(ask(random.pick(random.pick(lookAlikes).asks)), null);
    else if (roll < 0.6) add(random.pick(random.pick(harmlessQuestions).asks), null);
    else if (roll < 0.85)
      add(ask(random.pick(random.pick(random.chance(0.4) ? everydayActs : openActs).acts)), null);
    else {
      const { messages } = (random.chance(0.5) ? makeChat : makeInstruction)(world);
      for (const { role, content } of messages)
        if (role === "user") texts.push({ text: content, kind: null, source: "own" });
    }
  }
  texts.push(...makeForeignRequests(random, count / 10));
  for (const { code, requests } of foreignHarms)
    for (const text of requests) for (let copy = 0; copy < 6; copy++) add(text, code);
  for (const text of foreignHarmless) for (let copy = 0; copy < 6; copy++) add(text, null);
  return texts;
}
