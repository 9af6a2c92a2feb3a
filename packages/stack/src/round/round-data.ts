import type { Message } from "@llamero/core";
import type { ArenaVote } from "../api/arena.ts";
import type { WireMessage } from "../api/chat-messages.ts";
import type { Feedback, RoundData } from "../api/feedback.ts";
import type { StoredChatCompletion } from "../api/stored-chat.ts";
import { toPreferences } from "../arena/preference-data.ts";
import { allPairs } from "../arena/stored-arena.ts";
import { itemMessages } from "../convert/responses-items.ts";
import { chainItems, type StoredResponse } from "../responses/stored-response.ts";
import { listAll } from "../routes/stored-objects.ts";
import type { Store } from "../store/store.ts";

/** A stored answer with what it answers. */
interface Answered {
  prompt: WireMessage[];
  answer: string;
}

/** The model of an id, without provider and adapter. */
const baseOf = (id: string): string => id.replace(/^llamero\//, "");
const isOf = (id: string, model: string): boolean => {
  const base = baseOf(id);
  return base === model || base.startsWith(`${model}:`);
};

/**
 * What ratings and arena votes teach a model: answers that were liked, and better ones, to learn; better beside worse, to
 * prefer. A better answer is preferred to the one that was given; of one prompt, liked answers to disliked ones.
 */
export async function collectRoundData(
  store: Store,
  { owner, model, since = -1 }: { owner: string; model: string; since?: number | undefined },
): Promise<RoundData> {
  const leftOut = new Map<string, number>();
  const drop = (why: string): void => void leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
  const sft: RoundData["sft"] = [];
  const pairs: RoundData["pairs"] = [];
  let until = since;
  const rated = new Map<string, { liked: RatedAnswer[]; disliked: RatedAnswer[] }>();
  for (const { id, value, createdAt } of await listAll(store, "rating", { owner })) {
    const feedback = value as unknown as Feedback;
    if (createdAt <= since || !isOf(feedback.model, model)) continue;
    until = Math.max(until, createdAt);
    const found = await readAnswered(store, feedback, owner);
    if (typeof found === "string") {
      drop(found);
      continue;
    }
    const { prompt, answer } = found;
    const { rating, better_answer: better } = feedback;
    const key = JSON.stringify(prompt);
    const ofPrompt = rated.get(key) ?? { liked: [], disliked: [] };
    rated.set(key, ofPrompt);
    (rating === "up" ? ofPrompt.liked : ofPrompt.disliked).push({ id, prompt, answer });
    const wanted = better ?? (rating === "up" ? answer : null);
    if (wanted === null) continue;
    sft.push({ id, source: "feedback", messages: [...prompt, { role: "assistant", content: wanted }] });
    if (better !== null && better !== answer)
      pairs.push({ id, source: "feedback", prompt, chosen: better, rejected: answer });
  }
  const used = new Set<string>();
  for (const { liked, disliked } of rated.values())
    for (const good of liked)
      for (const bad of disliked)
        if (good.answer !== bad.answer) {
          used.add(bad.id);
          pairs.push({
            id: `${good.id}-${bad.id}`,
            source: "feedback",
            prompt: good.prompt,
            chosen: good.answer,
            rejected: bad.answer,
          });
        }
  for (const { id } of sft) used.add(id);
  for (const { liked, disliked } of rated.values())
    for (const { id } of [...liked, ...disliked])
      if (!used.has(id)) drop("disliked, with no better answer to the same prompt");
  const votes: ArenaVote[] = [];
  for (const { value, createdAt } of await listAll(store, "arena_vote", { owner })) {
    if (createdAt <= since) continue;
    votes.push(value as unknown as ArenaVote);
    until = Math.max(until, createdAt);
  }
  for (const record of toPreferences(await allPairs(store, owner), votes, "all")) {
    const { meta: _, ...pair } = record;
    if (pair.prompt.some(({ role }) => role === "tool")) drop("arena pair with tools");
    else pairs.push(pair);
  }
  return {
    object: "round_data",
    model,
    sft,
    pairs,
    learned_until: until < 0 ? null : until,
    left_out: Object.fromEntries(leftOut),
  };
}

interface RatedAnswer extends Answered {
  id: string;
}

/** What a rating is of; a text says why it teaches nothing. */
async function readAnswered(store: Store, feedback: Feedback, owner: string): Promise<Answered | string> {
  const { target_id: id, target_type: kind } = feedback;
  const found = await store.get(kind, id, owner);
  if (found === null) return "the answer was deleted";
  if (kind === "chat_completion") {
    const { choices, input_messages: prompt } = found.value as unknown as StoredChatCompletion;
    const { content, tool_calls: calls } = choices[0]!.message;
    if (calls !== undefined && calls.length > 0) return "the answer calls functions";
    return content === null || content === "" ? "the answer is empty" : { prompt, answer: content };
  }
  const response = found.value as unknown as StoredResponse;
  const { previous_response_id: previous, instructions, input, output } = response;
  const said = output.filter((item) => item.type === "message");
  if (said.length < output.length) return "the answer calls functions";
  const answer = said
    .flatMap(({ content }) => content)
    .map((part) => ("text" in part ? part.text : ""))
    .join("");
  if (answer === "") return "the answer is empty";
  try {
    const history = previous === null ? [] : await chainItems(store, previous, owner);
    const messages = itemMessages(history, input).map(toWire);
    if (messages.includes(null)) return "the conversation calls functions";
    const system =
      typeof instructions === "string" ? [{ role: "system" as const, content: instructions }] : [];
    return { prompt: [...system, ...(messages as WireMessage[])], answer };
  } catch {
    return "what came before was deleted";
  }
}

function toWire(message: Message): WireMessage | null {
  const { role, content } = message;
  if ("toolCalls" in message || (role !== "system" && role !== "user" && role !== "assistant")) return null;
  return { role, content };
}
