import type { ArenaRaters, ArenaVote } from "../api/arena.ts";
import type { WireMessage } from "../api/chat-messages.ts";
import { nameOf } from "./draw-contestants.ts";
import { countedVotes, winnerOf } from "./rank.ts";
import type { StoredPair } from "./stored-arena.ts";

/** A record as `llamero train dpo` reads it. */
export interface PreferenceRecord {
  id: string;
  source: string;
  prompt: WireMessage[];
  chosen: string;
  rejected: string;
  meta: { chosen: string; rejected: string; votes: number; against: number; tags: string[] };
}

/** Pairs that more raters gave to one side than to the other; ties, and answers that are the same, teach nothing. */
export function toPreferences(
  pairs: readonly StoredPair[],
  votes: readonly ArenaVote[],
  raters: ArenaRaters,
): PreferenceRecord[] {
  const counted = countedVotes(votes, raters);
  return pairs.flatMap((pair): PreferenceRecord[] => {
    const own = counted.filter(({ pair_id }) => pair_id === pair.id);
    const [left, right] = (["left", "right"] as const).map(
      (side) => own.filter((vote) => winnerOf(vote) === side).length,
    );
    if (left === right || pair.left.text === pair.right.text) return [];
    const [chosen, rejected] = left! > right! ? (["left", "right"] as const) : (["right", "left"] as const);
    if (pair[chosen].text === "" || pair[rejected].text === "") return [];
    const meta = {
      chosen: nameOf(pair.contestants[chosen]),
      rejected: nameOf(pair.contestants[rejected]),
      votes: Math.max(left!, right!),
      against: Math.min(left!, right!),
      tags: [...new Set(own.flatMap(({ tags }) => tags))].sort(),
    };
    return [
      {
        id: pair.id,
        source: "arena",
        prompt: pair.messages,
        chosen: pair[chosen].text,
        rejected: pair[rejected].text,
        meta,
      },
    ];
  });
}

/** Records as lines of JSON. */
export const toJsonLines = (records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");
