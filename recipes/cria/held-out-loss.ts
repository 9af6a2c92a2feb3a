import { readFileSync } from "node:fs";
import type { TrainExample } from "../../packages/train/src/batch/example.ts";
import { renderConversations } from "../../packages/train/src/chat-data/render-examples.ts";
import { chooseTrainBackend } from "../../packages/train/src/session/choose-backend.ts";
import { createSession } from "../../packages/train/src/session/create-session.ts";
import { paramsFromCheckpoint } from "../../packages/train/src/session/model-params.ts";
import {
  meanLoss,
  openTuneModel,
  readConversations,
  type TuneModel,
} from "../../packages/train/src/tune/index.ts";

/** Rows of a sequence; of texts the beginning counts. */
const length = 512;
/** Examples of each file: enough for a loss that two models can be compared by, on the same ones. */
const mostExamples = 60;

/** Loss in nats a token of a model on held-out files: of conversations the answers, of texts everything. */
export async function heldOutLosses(
  path: string,
  files: Readonly<Record<string, string>>,
  threads?: number,
): Promise<Record<string, number>> {
  const model = openTuneModel(path);
  const sets: [string, readonly TrainExample[]][] = [];
  for (const [name, file] of Object.entries(files)) sets.push([name, await readExamples(model, file)]);
  const limits = { maxRows: 4 * length, maxOutputs: 4 * length };
  const { backend } = chooseTrainBackend(threads === undefined ? {} : { threads });
  await using _ = backend;
  await using session = createSession(
    {
      model: paramsFromCheckpoint(model.checkpoint),
      head: "next-token",
      seed: 1,
      ...limits,
      optimizer: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0, clipNorm: 1 },
      trainable: false,
    },
    backend,
  );
  const losses: Record<string, number> = {};
  for (const [name, examples] of sets) losses[name] = (await meanLoss(session, examples, limits)).loss;
  return losses;
}

async function readExamples(model: TuneModel, file: string): Promise<readonly TrainExample[]> {
  const [line] = readFileSync(file, "utf8").split("\n", 1);
  if (!("text" in (JSON.parse(line!) as object))) {
    const { records } = await readConversations([file]);
    const limits = { maxTokens: length, truncate: true };
    return renderConversations(model.format, records.slice(0, mostExamples), limits).examples;
  }
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((each) => each !== "");
  return lines.slice(0, mostExamples).map((each) => {
    const { text } = JSON.parse(each) as { text: string };
    const { tokenizer } = model;
    const ids = Int32Array.from([tokenizer.bosId!, ...tokenizer.encode(text)].slice(0, length));
    return { ids, weights: new Float32Array(ids.length).fill(1).fill(0, 0, 1) };
  });
}
