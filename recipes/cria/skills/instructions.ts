import { type Conversation, type Kind, mixKinds } from "../conversation.ts";
import type { World } from "../world.ts";
import { answerKinds } from "./instruct-answers.ts";
import { languageKinds } from "./instruct-language.ts";
import { listKinds } from "./instruct-lists.ts";
import { numberKinds } from "./instruct-numbers.ts";
import { wordKinds } from "./instruct-words.ts";

const politely = ["Please ", "Can you ", "Could you please ", "I want you to "];

/** The request as some people put it: as it is, or with a word of politeness before a verb. */
function rephrase({ random }: World, request: string): string {
  if (
    !/^(List|Name|Give|Write|Say|Repeat|Sort|Count|Translate|Make|Put|Add|Tell|Complete|Spell|Reverse)\b/.test(
      request,
    )
  )
    return request;
  if (!random.chance(0.25)) return request;
  const lead = random.pick(politely);
  const rest = request[0]!.toLowerCase() + request.slice(1);
  return lead.startsWith("C") ? `${lead}${rest.replace(/\.$/, "")}?` : lead + rest;
}

const kinds: readonly Kind[] = [...listKinds, ...wordKinds, ...numberKinds, ...languageKinds, ...answerKinds];
const draw = mixKinds(kinds);
const leads = ["", "", "", "", "And now: ", "Next: ", "Thanks. ", "Good. "];

/** Simple instructions, now and then two or three in one conversation. */
export function makeInstruction(world: World): Conversation {
  const { random } = world;
  const one = draw(world);
  const [first, ...rest] = one.messages;
  const messages = [{ role: "user" as const, content: rephrase(world, first!.content) }, ...rest];
  while (messages.length < 6 && random.chance(0.2)) {
    const [ask, ...answer] = draw(world).messages;
    messages.push({ role: "user", content: random.pick(leads) + ask!.content }, ...answer);
  }
  return { kind: one.kind, messages };
}
