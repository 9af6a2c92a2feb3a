import { createHash } from "node:crypto";
import type { LoadedModel } from "@llamero/core";
import { pieces } from "./pieces.ts";
import type { Tour, TourStep } from "./step.ts";

const prompt = "Write two sentences about a lighthouse.";
const others: readonly string[] = [
  "Count from one to twenty.",
  "Name three rivers and say where they end.",
  "What does a baker do in the morning?",
];
const seed = 7;
const temperature = 0.9;

async function reply(
  model: LoadedModel,
  content: string,
  { seed: drawn, tour }: { seed: number; tour: Tour },
): Promise<readonly number[]> {
  const parts = model.chat([{ role: "user", content }], {
    sampling: { temperature, topP: 1, seed: drawn },
    maxTokens: tour.isFast ? 12 : 40,
    signal: tour.signal,
  });
  for await (const part of parts) if (part.type === "finish") return part.ids;
  throw new Error("The generation ended without its last part");
}

export const step: TourStep = {
  commands({ model, isFast }) {
    const sampling = ["--mode", "deterministic", "--temp", `${temperature}`, "--seed", `${seed}`];
    const words = ["llamero", "run", model.name, prompt, ...sampling, "--top-p", "1"];
    return [1, 2].map((threads) => [...words, "-n", isFast ? "12" : "40", "-t", `${threads}`, "--json"]);
  },
  async run(tour) {
    const { screen } = tour;
    screen.live("One thread, alone");
    const one = await tour.open({ mode: "deterministic", threads: 1, maxBatch: 1 });
    const alone = await reply(one, prompt, { seed, tour }).finally(() => one[Symbol.asyncDispose]());

    screen.live("Two threads, four conversations at once");
    await using two = await tour.open({ mode: "deterministic", threads: 2, maxBatch: 4 });
    const [among] = await Promise.all(
      [prompt, ...others].map((content, i) => reply(two, content, { seed: seed + i, tour })),
    );
    const { dim } = screen.colors;
    const runs = [
      { label: "1 thread, alone", ids: alone },
      { label: "2 threads, beside three other conversations", ids: among! },
    ];
    for (const { label, ids } of runs) {
      screen.line(dim(`${label}: ${digest(ids)}`));
      screen.pieces("  ", pieces(two.tokenizer, ids));
    }
    const at = alone.findIndex((id, i) => id !== among![i]);
    if (at !== -1 || alone.length !== among!.length) {
      throw new Error(`Token ${at + 1} is ${alone[at]} in one run and ${among![at]} in the other`);
    }
    screen.line();
    screen.text(
      `${alone.length} tokens drawn at temperature ${temperature}, and all are the same: in deterministic mode neither threads nor other conversations change an answer.`,
    );
    return { temperature, seed, ids: alone, sha256: digest(alone), identical: true };
  },
};

/** SHA-256 of the ids. */
function digest(ids: readonly number[]): string {
  return createHash("sha256").update(ids.join(" ")).digest("hex").slice(0, 12);
}
