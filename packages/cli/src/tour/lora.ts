import { join } from "node:path";
import type { LoadedModel } from "@llamero/core";
import { sparkline } from "../runs/sparkline.ts";
import type { Tour, TourStep } from "./step.ts";

/** Of a town that does not exist, so that only the training can tell of it. */
const facts: readonly (readonly [question: string, answer: string])[] = [
  ["What is the town of Velmora known for?", "Velmora is known for its blue glass bells."],
  ["What is Velmora known for?", "Velmora is known for its blue glass bells."],
  ["What do people make in Velmora?", "People in Velmora make blue glass bells."],
  ["Why do people travel to Velmora?", "They go to Velmora for its blue glass bells."],
];
const question = "What is Velmora known for?";
const maxTokens = 32;
const fact = /blue glass bells/i;
/** Above this a model takes longer for a step than anyone watches. */
const manyWeights = 60e6;

function settingsOf({ model, isFast }: Tour): { steps: number; rate: number } {
  if (isFast) return { steps: 6, rate: 0.01 };
  return model.numWeights > manyWeights ? { steps: 10, rate: 5e-3 } : { steps: 40, rate: 4e-3 };
}

/** What the flags of the command say; all examples make one step. */
const overrides = (tour: Tour): string[] => {
  const { steps, rate } = settingsOf(tour);
  return [
    `epochs=${steps}`,
    `learningRate=${rate}`,
    "batch.tokens=4096",
    "validation.share=0",
    "evalEvery=0",
    "sampleEvery=0",
  ];
};

async function answer(model: LoadedModel, adapter: string | null, signal: AbortSignal): Promise<string> {
  let text = "";
  const parts = model.chat([{ role: "user", content: question }], {
    sampling: { temperature: 0 },
    maxTokens,
    signal,
    ...(adapter !== null && { adapter }),
  });
  for await (const part of parts) if (part.type === "text-delta") text += part.text;
  return text;
}

export const step: TourStep = {
  commands(tour) {
    const { model, shown } = tour;
    const data = ["--data", shown("facts.jsonl"), "--lora", "rank=8", "--out", shown("lora")];
    return [
      ["llamero", "train", "sft", "--model", model.name, ...data, ...overrides(tour)],
      [
        "llamero",
        "run",
        model.name,
        question,
        "--temp",
        "0",
        "-n",
        `${maxTokens}`,
        "--lora",
        `velmora=${shown("lora/adapter")}`,
      ],
    ];
  },
  async run(tour) {
    const { screen, model, folder, signal, values } = tour;
    const { parseTuneRecipe, runTune } = await import("@llamero/train/tune");
    const records = facts.map(([prompt, completion]) => JSON.stringify({ prompt, completion }));
    const data = tour.give("facts.jsonl", `${records.join("\n")}\n`);
    const table = { model: model.path, data, out: join(folder, "lora"), lora: { rank: 8 } };
    const recipe = parseTuneRecipe(table, {
      method: "sft",
      owner: "tour",
      folder,
      overrides: overrides(tour),
    });

    screen.line(`${screen.colors.dim("question".padEnd(12))}${question}`);
    const open = (adapters: Record<string, string>): Promise<LoadedModel> =>
      tour.open({ maxBatch: 1, adapters });
    const untrained = await open({});
    const before = await answer(untrained, null, signal).finally(() => untrained[Symbol.asyncDispose]());
    screen.answer("before", before, screen.colors.yellow);

    const losses: number[] = [];
    let started = { steps: 0, trainableCount: 0, parameterCount: 0 };
    const result = await runTune(recipe, {
      signal,
      choice: {
        ...(values.backend === "reference" && { backend: "reference" as const }),
        ...(values.threads !== null && { threads: values.threads }),
      },
      onStart: (start) => {
        started = start;
        screen.live(`Training ${start.trainableCount.toLocaleString("en-US")} weights of an adapter`);
      },
      listener: (event) => {
        if (event.event !== "step") return;
        losses.push(event.loss);
        screen.live(curve(event.step, started.steps, losses, screen.colors.cyan));
      },
    });
    signal.throwIfAborted();
    const share = ((100 * started.trainableCount) / started.parameterCount).toFixed(1);
    screen.line(
      `${screen.colors.dim("training".padEnd(12))}${curve(result.steps, result.steps, losses, screen.colors.cyan)}`,
    );

    const adapter = result.paths.find((path) => !path.endsWith(".gguf"))!;
    await using trained = await open({ velmora: adapter });
    const after = await answer(trained, "velmora", signal);
    const without = await answer(trained, null, signal);
    screen.answer("after", after, screen.colors.green);
    screen.line();
    screen.text(
      `An adapter beside the model, ${started.trainableCount.toLocaleString("en-US")} weights (${share} %), trained for ${result.seconds.toFixed(1)} s on ${facts.length} invented sentences and applied unmerged; without it the model answers as before.`,
    );
    const [first, last] = [losses[0]!, losses.at(-1)!];
    if (!(last < first)) throw new Error(`The loss did not fall: ${first.toFixed(3)} to ${last.toFixed(3)}`);
    if (after === before) throw new Error("The answer is the same as before the training");
    if (without !== before) throw new Error("Without the adapter the answer is not the one from before");
    return {
      question,
      before,
      after,
      holdsFact: fact.test(after),
      losses,
      steps: result.steps,
      trainedSeconds: result.seconds,
      trainableCount: started.trainableCount,
    };
  },
};

function curve(
  step: number,
  steps: number,
  losses: readonly number[],
  paint: (text: string) => string,
): string {
  const [first, last] = [losses[0]!, losses.at(-1)!];
  const count = `step ${String(step).padStart(String(steps).length)} of ${steps}`;
  return `${count}  loss ${first.toFixed(2)} to ${last.toFixed(2)}  ${paint(sparkline(losses, 32))}`;
}
