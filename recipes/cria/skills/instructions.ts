import { type Conversation, fill, type Kind, mixKinds } from "../conversation.ts";
import type { World } from "../world.ts";
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

const kinds: readonly Kind[] = [...listKinds, ...wordKinds, ...numberKinds, ...languageKinds];
const draw = mixKinds(kinds);
const follow = ["And now: ", "Now ", "Next: ", "Thanks. "];

/** Simple instructions, now and then two in one conversation. */
export function makeInstruction(world: World): Conversation {
  const { random } = world;
  const one = draw(world);
  const [first, ...rest] = one.messages;
  const messages = [{ role: "user" as const, content: rephrase(world, first!.content) }, ...rest];
  if (random.chance(0.12)) {
    const two = draw(world);
    const ask = two.messages[0]!.content;
    const lead = random.pick(follow);
    const isLower = lead.startsWith("Now");
    messages.push(
      { role: "user", content: fill(`${random.chance(0.5) ? lead : ""}`, {}) + (isLower ? ask : ask) },
      ...two.messages.slice(1),
    );
  }
  return { kind: one.kind, messages };
}
