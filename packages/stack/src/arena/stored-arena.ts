import type { ArenaContestant, ArenaPair, ArenaVote } from "../api/arena.ts";
import { HttpError } from "../http/http-error.ts";
import { raterDigest } from "../round/rater-digest.ts";
import { getStored, listAll, nowSeconds, toJson } from "../routes/stored-objects.ts";
import { type Store, StoreConflict, type StoreWrite } from "../store/store.ts";

/** How a pair is kept: with the names behind it. */
export type StoredPair = Omit<ArenaPair, "contestants" | "num_votes"> & {
  contestants: { left: ArenaContestant; right: ArenaContestant };
};

/** What votes are before they have a place. */
export type NewVote = Pick<
  ArenaVote,
  "pair_id" | "rater" | "rater_type" | "choice" | "reason" | "tags" | "orders"
>;

/** A pair of an owner; throws a 404 where there is none. */
export async function findPair(store: Store, id: string, owner: string): Promise<StoredPair> {
  const { value } = await getStored(store, { kind: "arena_pair", id, owner, what: "arena pair" });
  return value as unknown as StoredPair;
}

/** Every pair of an owner, the oldest first. */
export async function allPairs(store: Store, owner: string): Promise<StoredPair[]> {
  return (await listAll(store, "arena_pair", { owner })).map(({ value }) => value as unknown as StoredPair);
}

/** Every vote of an owner, or those on one pair. */
export async function allVotes(store: Store, owner: string, pair?: string): Promise<ArenaVote[]> {
  const votes = await listAll(store, "arena_vote", { owner, ...(pair !== undefined && { parent: pair }) });
  return votes.map(({ value }) => value as unknown as ArenaVote);
}

export const putPair = (pair: StoredPair, owner: string): StoreWrite => ({
  write: "put",
  kind: "arena_pair",
  id: pair.id,
  owner,
  value: toJson(pair),
});

/** Keeps a vote; a rater has one for each pair. */
export async function keepVote(store: Store, vote: NewVote, owner: string): Promise<ArenaVote> {
  const id = `vote_${vote.pair_id}_${raterDigest(vote.rater)}`;
  const value: ArenaVote = { id, object: "arena.vote", created_at: nowSeconds(), ...vote };
  try {
    await store.write({
      write: "put",
      kind: "arena_vote",
      id,
      owner,
      parent: vote.pair_id,
      value: toJson(value),
      ifVersion: 0,
    });
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    throw new HttpError(
      409,
      `${vote.rater} has voted on ${vote.pair_id} already; the names are known, so the vote stays`,
      { code: "conflict" },
    );
  }
  return value;
}

/** A pair as a rater may see it. */
export function toPairObject(pair: StoredPair, votes: readonly ArenaVote[], rater: string): ArenaPair {
  const hasVoted = votes.some((vote) => vote.rater === rater);
  return { ...pair, contestants: hasVoted ? pair.contestants : null, num_votes: votes.length };
}
