import { isConsistent, settle } from "@llamero/eval/arena";
import {
  type ArenaPair,
  type ArenaPairEvent,
  type ArenaVote,
  castVoteResponseSchema,
  castVoteSchema,
  createPairSchema,
  type JudgeRequest,
  type JudgeResponse,
  judgeRequestSchema,
  judgeResponseSchema,
  listPairsQuerySchema,
  listVotesQuerySchema,
  pairEventSchema,
  pairListSchema,
  pairQuerySchema,
  pairSchema,
  preferencesSchema,
  rankingSchema,
  ratersQuerySchema,
  voteListSchema,
} from "../api/arena.ts";
import { type Asking, answerPair, type OnText } from "../arena/answer-pair.ts";
import { drawContestants, nameOf } from "../arena/draw-contestants.ts";
import { judgePair } from "../arena/judge.ts";
import { toJsonLines, toPreferences } from "../arena/preference-data.ts";
import { describeJudge, judgeRater, rankArena } from "../arena/rank.ts";
import {
  allPairs,
  allVotes,
  findPair,
  keepVote,
  putPair,
  type StoredPair,
  toPairObject,
} from "../arena/stored-arena.ts";
import { answerStream } from "../http/answer-stream.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import type { RouteServices } from "./services.ts";
import { listStored, newId, nowSeconds, toPage } from "./stored-objects.ts";

const common = { tag: "Arena", level: "experimental" } as const;
const pairs = "/v1alpha/arena/pairs";

const pairRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: pairs,
    summary: "Have two models that stay unnamed answer a conversation",
    body: createPairSchema,
    response: pairSchema,
    events: pairEventSchema,
    async handle(request, services) {
      const { body, owner, context } = request;
      const { store, models, ended } = services;
      const allowed = services.keys?.named(owner)?.models;
      const all =
        body.contestants ??
        models.all
          .filter(({ name, model }) => !model.embedding && (allowed?.includes(name) ?? true))
          .map(({ name }) => ({ model: name }));
      if (all.length === 0)
        throw new HttpError(400, "There is no model of this machine; name contestants", {
          param: "contestants",
        });
      const [left, right] = drawContestants(all);
      const make = async (onText?: OnText): Promise<ArenaPair> => {
        const answers = await runRequest(context, { ended, param: "messages" }, (signal) =>
          answerPair(services, [left, right], body, { signal }, onText),
        );
        const pair: StoredPair = {
          id: newId("pair_"),
          object: "arena.pair",
          created_at: nowSeconds(),
          messages: body.messages,
          left: answers[0],
          right: answers[1],
          contestants: {
            left: { ...left, name: nameOf(left) },
            right: { ...right, name: nameOf(right) },
          },
        };
        await store.write(putPair(pair, owner));
        return toPairObject(pair, [], owner);
      };
      if (body.stream !== true) return await make();
      return await answerStream(request, services.onError, async (events) => {
        const send = (event: ArenaPairEvent): Promise<void> => events.send(event);
        const pair = await make((side, text) => send({ type: "delta", side, text }));
        await send({ type: "done", pair });
        await events.end();
      });
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: pairs,
    summary: "List pairs, named as far as the rater has voted",
    query: listPairsQuerySchema,
    response: pairListSchema,
    async handle({ query: { rater, ...query }, owner }, { store }) {
      const { items, hasMore } = await listStored(store, "arena_pair", { owner, query });
      const data = await Promise.all(
        items.map(async ({ value }) => {
          const pair = value as unknown as StoredPair;
          return toPairObject(pair, await allVotes(store, owner, pair.id), rater ?? owner);
        }),
      );
      return toPage(data, hasMore);
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: `${pairs}/{pair_id}`,
    summary: "Get a pair, named if the rater has voted",
    query: pairQuerySchema,
    response: pairSchema,
    async handle({ params, query: { rater }, owner }, { store }) {
      const pair = await findPair(store, params["pair_id"]!, owner);
      return toPairObject(pair, await allVotes(store, owner, pair.id), rater ?? owner);
    },
  }),
  defineRoute({
    ...common,
    method: "DELETE",
    path: `${pairs}/{pair_id}`,
    summary: "Delete a pair and the votes on it",
    response: null,
    async handle({ params, owner }, { store }) {
      const { id } = await findPair(store, params["pair_id"]!, owner);
      await store.write(
        { write: "delete", kind: "arena_pair", id, owner },
        { write: "deleteChildren", kind: "arena_vote", parent: id, owner },
      );
    },
  }),
];

const voteRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: `${pairs}/{pair_id}/votes`,
    summary: "Vote on a pair and learn who answered",
    body: castVoteSchema,
    response: castVoteResponseSchema,
    async handle({ params, body, owner }, { store }) {
      const { id, contestants } = await findPair(store, params["pair_id"]!, owner);
      const { choice, reason = null, tags = [], rater = owner } = body;
      const vote = await keepVote(
        store,
        { pair_id: id, rater, rater_type: "human", choice, reason, tags, orders: null },
        owner,
      );
      return { vote, contestants };
    },
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1alpha/arena/votes",
    summary: "List votes, of a pair or a rater",
    query: listVotesQuerySchema,
    response: voteListSchema,
    async handle({ query: { pair_id, rater, ...query }, owner }, { store }) {
      const { items, hasMore } = await listStored(store, "arena_vote", {
        owner,
        query,
        ...(pair_id !== undefined && { parent: pair_id }),
        ...(rater !== undefined && { where: { rater } }),
      });
      return toPage(
        items.map(({ value }) => value as unknown as ArenaVote),
        hasMore,
      );
    },
  }),
];

/** The pairs that are asked for, or that the judge has yet to read. */
async function pairsToJudge(
  { store }: RouteServices,
  { judge_model, pair_ids, limit = 20 }: JudgeRequest,
  owner: string,
): Promise<StoredPair[]> {
  const votes = await allVotes(store, owner);
  const judged = new Set(
    votes.filter(({ rater }) => rater === judgeRater(judge_model)).map((vote) => vote.pair_id),
  );
  if (pair_ids === undefined)
    return (await allPairs(store, owner)).filter(({ id }) => !judged.has(id)).slice(0, limit);
  const again = pair_ids.find((id) => judged.has(id));
  if (again !== undefined)
    throw new HttpError(409, `${judge_model} has judged ${again} already`, {
      param: "pair_ids",
      code: "conflict",
    });
  return await Promise.all([...new Set(pair_ids)].map((id) => findPair(store, id, owner)));
}

async function judgeAll(
  services: RouteServices,
  request: JudgeRequest,
  asking: Asking,
): Promise<JudgeResponse> {
  const { store } = services;
  const { judge_model } = request;
  const { owner } = asking;
  const votes: ArenaVote[] = [];
  const unread: string[] = [];
  for (const pair of await pairsToJudge(services, request, owner)) {
    const orders = await judgePair(services, pair, request, asking);
    if (orders === null) {
      unread.push(pair.id);
      continue;
    }
    const reason = isConsistent(orders) ? null : "The verdict changed with the order";
    const vote = {
      pair_id: pair.id,
      rater: judgeRater(judge_model),
      rater_type: "judge",
      choice: settle(orders),
      reason,
      tags: [],
      orders,
    } as const;
    votes.push(await keepVote(store, { ...vote, tags: [] }, owner));
  }
  return { votes, judge: describeJudge(judge_model, await allVotes(store, owner)), unread };
}

const resultRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...common,
    method: "POST",
    path: "/v1alpha/arena/judgments",
    summary: "Have a model judge pairs, each in both orders",
    body: judgeRequestSchema,
    response: judgeResponseSchema,
    handle: ({ body, owner, context }, services) =>
      runRequest(context, { ended: services.ended, param: "judge_model" }, (signal) =>
        judgeAll(services, body, { owner, signal }),
      ),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1alpha/arena/ranking",
    summary: "Rank what has been voted on, with intervals, agreement of raters and bias of judges",
    query: ratersQuerySchema,
    response: rankingSchema,
    handle: async ({ query: { raters = "all" }, owner }, { store }) =>
      rankArena(await allPairs(store, owner), await allVotes(store, owner), raters),
  }),
  defineRoute({
    ...common,
    method: "GET",
    path: "/v1alpha/arena/preferences",
    summary: "Give the votes as preference data, a JSON record a line, as train dpo reads it",
    query: ratersQuerySchema,
    response: preferencesSchema,
    contentType: "application/jsonl",
    async handle({ query: { raters = "all" }, owner }, { store }) {
      const records = toPreferences(await allPairs(store, owner), await allVotes(store, owner), raters);
      return new Response(toJsonLines(records), {
        headers: { "Content-Type": "application/jsonl; charset=utf-8" },
      });
    },
  }),
];

/** Blind pairs of answers, votes on them, and what follows from the votes. */
export const arenaRoutes: readonly AnyRoute[] = [...pairRoutes, ...voteRoutes, ...resultRoutes];
