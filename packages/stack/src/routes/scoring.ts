import type { Row } from "../api/datasetio.ts";
import type { Dataset } from "../api/registry.ts";
import {
  registerScoringFunctionSchema,
  type ScoringFunction,
  type ScoringFunctionParams,
  type ScoringResult,
  scoreBatchRequestSchema,
  scoreBatchResponseSchema,
  scoreRequestSchema,
  scoreResponseSchema,
  scoringFunctionListSchema,
  scoringFunctionSchema,
} from "../api/scoring.ts";
import { readRows } from "../datasets/read-rows.ts";
import { type AnyRoute, defineRoute } from "../http/define-route.ts";
import type { Exchange } from "../http/exchange.ts";
import { HttpError } from "../http/http-error.ts";
import { runRequest } from "../http/run-request.ts";
import { builtInFunctions } from "../scoring/built-in-functions.ts";
import { type AskJudge, type ScoringJob, scoreRows } from "../scoring/score-rows.ts";
import type { Store } from "../store/store.ts";
import { providerId } from "./providers.ts";
import { getRegistered, listRegistered, register, unregister } from "./registry.ts";
import type { RouteServices } from "./services.ts";
import { newId, notFound } from "./stored-objects.ts";

const functions = { tag: "Scoring Functions", path: "/v1/scoring-functions" } as const;
const one = `${functions.path}/{scoring_fn_id+}` as const;

const isBuiltIn = (id: string): boolean => builtInFunctions.some(({ identifier }) => identifier === id);

async function findFunction(store: Store, id: string, owner: string): Promise<ScoringFunction> {
  const builtIn = builtInFunctions.find(({ identifier }) => identifier === id);
  return builtIn ?? (await getRegistered<ScoringFunction>(store, "scoring_function", id, owner));
}

async function toJob(
  store: Store,
  name: string,
  given: ScoringFunctionParams[string],
  owner: string,
): Promise<ScoringJob> {
  let found: ScoringFunction;
  try {
    found = await findFunction(store, name, owner);
  } catch (error) {
    throw error instanceof HttpError ? notFound("scoring function", name, "scoring_functions") : error;
  }
  if (given == null && found.provider_resource_id === "base") {
    const param = `scoring_functions.${name}`;
    const message = `${param}: Give parameters of type llm_as_judge, with judge_model and prompt_template`;
    throw new HttpError(400, message, { param, code: "invalid_value" });
  }
  const params = given ?? found.params ?? { type: "basic" as const };
  return { name, basic: found.provider_resource_id === "subset_of" ? "subset_of" : "equality", params };
}

/** The whole answer of a model to one prompt, drawn greedily. */
function judge(services: RouteServices, signal: AbortSignal): AskJudge {
  return async (name, prompt) => {
    const { model, adapter } = services.models.find(name);
    const options = { sampling: { temperature: 0 }, maxTokens: 512, signal };
    const messages = [{ role: "user" as const, content: prompt }];
    let text = "";
    for await (const part of model.chat(messages, {
      ...options,
      ...(adapter !== undefined && { adapter }),
    })) {
      if (part.type === "finish") text = part.text;
    }
    return text;
  };
}

async function score(
  rows: readonly Row[],
  given: ScoringFunctionParams,
  { owner, context }: { owner: string; context: Exchange },
  services: RouteServices,
): Promise<Record<string, ScoringResult>> {
  const results: Record<string, ScoringResult> = {};
  for (const [name, params] of Object.entries(given)) {
    const job = await toJob(services.store, name, params, owner);
    results[name] = await runRequest(context, { ended: services.ended, param: "input_rows" }, (signal) =>
      scoreRows(job, rows, judge(services, signal)),
    );
  }
  return results;
}

const functionRoutes: readonly AnyRoute[] = [
  defineRoute({
    ...functions,
    method: "GET",
    level: "stable",
    summary: "List the scoring functions",
    response: scoringFunctionListSchema,
    handle: async ({ owner }, { store }) => ({
      data: [
        ...builtInFunctions,
        ...(await listRegistered<ScoringFunction>(store, "scoring_function", owner)),
      ],
    }),
  }),
  defineRoute({
    ...functions,
    method: "POST",
    level: "deprecated",
    summary: "Register a scoring function: parameters under a name",
    body: registerScoringFunctionSchema,
    response: null,
    async handle({ body, owner }, { store }) {
      const identifier = body.scoring_fn_id;
      if (isBuiltIn(identifier)) {
        throw new HttpError(409, `scoring_fn_id: ${identifier} is built in; choose another name`, {
          param: "scoring_fn_id",
          code: "conflict",
        });
      }
      const registered: ScoringFunction = {
        identifier,
        provider_id: providerId,
        provider_resource_id: body.provider_scoring_fn_id ?? identifier,
        type: "scoring_function",
        description: body.description,
        metadata: {},
        return_type: body.return_type,
        params: body.params ?? null,
      };
      await register(store, "scoring_function", owner, registered);
    },
  }),
  defineRoute({
    ...functions,
    method: "GET",
    path: one,
    level: "stable",
    summary: "Get a scoring function",
    response: scoringFunctionSchema,
    handle: ({ params, owner }, { store }) => findFunction(store, params["scoring_fn_id"]!, owner),
  }),
  defineRoute({
    ...functions,
    method: "DELETE",
    path: one,
    level: "deprecated",
    summary: "Unregister a scoring function",
    response: null,
    async handle({ params, owner }, { store }) {
      const id = params["scoring_fn_id"]!;
      if (isBuiltIn(id)) throw new HttpError(400, `${id} is built in; it stays`, { code: "invalid_value" });
      await unregister(store, "scoring_function", id, owner);
    },
  }),
];

const scoreRoutes: readonly AnyRoute[] = [
  defineRoute({
    method: "POST",
    path: "/v1/scoring/score",
    tag: "Scoring",
    level: "stable",
    summary: "Score rows",
    body: scoreRequestSchema,
    response: scoreResponseSchema,
    handle: async (request, services) => ({
      results: await score(request.body.input_rows, request.body.scoring_functions, request, services),
    }),
  }),
  defineRoute({
    method: "POST",
    path: "/v1/scoring/score-batch",
    tag: "Scoring",
    level: "stable",
    summary: "Score the rows of a dataset",
    body: scoreBatchRequestSchema,
    response: scoreBatchResponseSchema,
    async handle(request, services) {
      const { body, owner } = request;
      const { store, dataFolder } = services;
      const dataset = await getRegistered<Dataset>(store, "dataset", body.dataset_id, owner);
      const rows = await readRows(store, dataset, owner, dataFolder);
      const results = await score(rows, body.scoring_functions, request, services);
      if (body.save_results_dataset !== true) return { results, dataset_id: null };
      const identifier = newId("dataset-");
      const scored = rows.map((row, index) => ({
        ...row,
        ...Object.fromEntries(
          Object.entries(results).map(([name, each]) => [name, each.score_rows[index]!["score"]!]),
        ),
      }));
      const saved: Dataset = {
        ...dataset,
        identifier,
        provider_resource_id: identifier,
        source: { type: "rows", rows: scored },
        metadata: { scored: dataset.identifier },
      };
      await register(store, "dataset", owner, saved);
      return { results, dataset_id: identifier };
    },
  }),
];

/** Scoring functions, and scoring with them. */
export const scoringRoutes: readonly AnyRoute[] = [...functionRoutes, ...scoreRoutes];
