import type { Message, SamplingParams } from "@llamero/core";
import { messageSchema } from "../../api/chat-messages.ts";
import type { BenchmarkConfig, EvalSampling, EvaluateResponse } from "../../api/eval-jobs.ts";
import type { Json } from "../../api/json.ts";
import type { ScoreResponse } from "../../api/scoring.ts";
import { toMessages } from "../../convert/chat-request.ts";
import { checkValue } from "../../http/check-value.ts";
import { HttpError } from "../../http/http-error.ts";
import type { RouteServices } from "../../routes/services.ts";
import { callRoute } from "../call-route.ts";

export type EvalRow = Record<string, Json>;

/** Rows that are asked at once. */
const waveSize = 8;

const defaultMaxTokens = 512;

function samplingOf({
  strategy = { type: "greedy" },
  temperature,
  top_p: topP,
  repetition_penalty: penalty,
}: EvalSampling): Partial<SamplingParams> {
  const repetition = penalty == null ? {} : { repetitionPenalty: penalty };
  if ((temperature ?? topP) != null)
    return { temperature: temperature ?? 1, ...(topP != null && { topP }), ...repetition };
  switch (strategy.type) {
    case "greedy":
      return { temperature: 0, ...repetition };
    case "top_p":
      return { temperature: strategy.temperature, topP: strategy.top_p ?? 0.95, topK: 0, ...repetition };
    case "top_k":
      return { temperature: 1, topK: strategy.top_k, topP: 1, ...repetition };
    default:
      throw strategy satisfies never;
  }
}

/** The conversation that a row asks: `chat_completion_input`, `messages` or the text `input_query`. */
export function messagesOf(row: EvalRow, index: number): Message[] {
  const given = row["chat_completion_input"] ?? row["messages"];
  const param = `input_rows[${index}]`;
  if (given !== undefined) {
    let list: unknown = given;
    if (typeof given === "string") {
      try {
        list = JSON.parse(given);
      } catch {
        throw new HttpError(400, `${param}.chat_completion_input: It is not JSON`, {
          param,
          code: "invalid_value",
        });
      }
    }
    if (Array.isArray(list) && list.length > 0)
      return toMessages(list.map((each) => checkValue(messageSchema, each)));
  } else if (typeof row["input_query"] === "string") return [{ role: "user", content: row["input_query"] }];
  throw new HttpError(400, `${param}: A row needs input_query, messages or chat_completion_input`, {
    param,
    code: "invalid_value",
  });
}

/** Asks a model the rows that are left; `onWave` is told of all answers so far. */
export async function generateRows(
  services: RouteServices,
  rows: readonly EvalRow[],
  { eval_candidate: candidate }: BenchmarkConfig,
  options: { signal: AbortSignal; done: readonly string[]; onWave: (answers: string[]) => Promise<void> },
): Promise<string[]> {
  const { model, adapter } = services.models.find(candidate.model);
  const { signal, done, onWave } = options;
  const sampling = candidate.sampling_params ?? {};
  const system: Message[] = candidate.system_message == null ? [] : [candidate.system_message];
  const answers = [...done];
  const ask = async (row: EvalRow, index: number): Promise<string> => {
    const parts = model.chat([...system, ...messagesOf(row, index)], {
      sampling: samplingOf(sampling),
      maxTokens: sampling.max_tokens ?? defaultMaxTokens,
      stop: sampling.stop ?? [],
      priority: "low",
      signal,
      ...(adapter !== undefined && { adapter }),
    });
    for await (const part of parts) if (part.type === "finish") return part.text;
    throw new Error("The model ended without a finish");
  };
  while (answers.length < rows.length) {
    signal.throwIfAborted();
    const from = answers.length;
    const wave = rows.slice(from, from + waveSize);
    answers.push(...(await Promise.all(wave.map((row, at) => ask(row, from + at)))));
    await onWave(answers);
  }
  return answers;
}

/** Scores answers by the server's own scoring functions. */
export async function scoreAnswers(
  services: RouteServices,
  rows: readonly EvalRow[],
  answers: readonly string[],
  scoring: {
    functions: readonly string[];
    params: BenchmarkConfig["scoring_params"];
    owner: string;
    signal: AbortSignal;
  },
): Promise<EvaluateResponse> {
  const { functions, params = {}, owner, signal } = scoring;
  const generations = answers.map((text) => ({ generated_answer: text }));
  if (functions.length === 0) return { generations, scores: {} };
  const { results } = (await callRoute(services, {
    path: "/v1/scoring/score",
    owner,
    signal,
    body: {
      input_rows: rows.map((row, index) => ({ ...row, ...generations[index] })),
      scoring_functions: Object.fromEntries(
        functions.map((name) => [name, (params[name] ?? null) as unknown as Json]),
      ),
    },
  })) as unknown as ScoreResponse;
  return { generations, scores: results };
}
