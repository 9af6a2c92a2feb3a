import {
  bradleyTerryMethod,
  type Duel,
  measureBias,
  rateByBradleyTerry,
  raterAgreement,
  type TwoOrders,
} from "@llamero/eval/arena";
import type { ArenaJudge, ArenaRanking, ArenaRaters, ArenaVote } from "../api/arena.ts";
import { nameOf } from "./draw-contestants.ts";
import type { StoredPair } from "./stored-arena.ts";

/** The winner of a vote; bad answers on both sides are a tie. */
export const winnerOf = ({ choice }: Pick<ArenaVote, "choice">): "left" | "right" | "tie" =>
  choice === "both_bad" ? "tie" : choice;

/** Votes of the raters that count. */
export const countedVotes = (votes: readonly ArenaVote[], raters: ArenaRaters): ArenaVote[] =>
  votes.filter(({ rater_type }) => raters === "all" || rater_type === raters);

/** Ranking, agreement and judges of an arena. */
export function rankArena(
  pairs: readonly StoredPair[],
  votes: readonly ArenaVote[],
  raters: ArenaRaters,
): ArenaRanking {
  const byId = new Map(pairs.map((pair) => [pair.id, pair]));
  const counted = countedVotes(votes, raters).filter(({ pair_id }) => byId.has(pair_id));
  const duels = counted.flatMap((vote): Duel[] => {
    const { contestants } = byId.get(vote.pair_id)!;
    const [left, right] = [nameOf(contestants.left), nameOf(contestants.right)];
    // A sampling against itself says nothing of its strength.
    return left === right ? [] : [{ left, right, winner: winnerOf(vote), part: vote.pair_id }];
  });
  const agreement = raterAgreement(
    counted.map((vote) => ({ item: vote.pair_id, rater: vote.rater, label: winnerOf(vote) })),
  );
  return {
    object: "arena.ranking",
    method: bradleyTerryMethod,
    num_pairs: new Set(counted.map(({ pair_id }) => pair_id)).size,
    num_votes: counted.length,
    ratings: rateByBradleyTerry(duels).map(({ interval, ...row }) => ({
      ...row,
      interval: interval === null ? null : [...interval],
    })),
    agreement: {
      num_pairs: agreement.numItems,
      num_raters: agreement.numRaters,
      agreement: agreement.agreement,
      kappa: agreement.kappa,
      raters: agreement.pairs.map(({ raters: both, numItems, ...rest }) => ({
        raters: [...both],
        num_pairs: numItems,
        ...rest,
      })),
    },
    judges: judgesOf(votes),
  };
}

const judgePrefix = "judge:";

/** Name under which a model votes. */
export const judgeRater = (model: string): string => `${judgePrefix}${model}`;

/** What the judges of votes are worth, by name. */
function judgesOf(votes: readonly ArenaVote[]): ArenaJudge[] {
  const raters = [...new Set(votes.filter(({ orders }) => orders !== null).map(({ rater }) => rater))].sort();
  return raters.map((rater) => describeJudge(rater.slice(judgePrefix.length), votes));
}

/** Position bias of one judge. */
export function describeJudge(model: string, votes: readonly ArenaVote[]): ArenaJudge {
  const orders = votes.flatMap((vote): TwoOrders[] =>
    vote.rater === judgeRater(model) && vote.orders !== null ? [vote.orders] : [],
  );
  const { numPairs, inconsistent, prefersFirst, prefersSecond } = measureBias(orders);
  return {
    model,
    num_pairs: numPairs,
    inconsistent: inconsistent?.value ?? 0,
    inconsistent_interval: inconsistent?.interval == null ? null : [...inconsistent.interval],
    prefers_first: prefersFirst,
    prefers_second: prefersSecond,
  };
}
