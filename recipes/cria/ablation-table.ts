import { readFileSync } from "node:fs";
import { criaFigures } from "../../packages/eval/src/tasks/cria/cria-tasks.ts";

/** An arm with one seed: losses in nats a token, and right answers of so many for each figure. */
export interface AblationResult {
  arm: string;
  seed: number;
  rows: number;
  losses: Readonly<Record<string, number>>;
  scores: Readonly<Record<string, { value: number; numItems: number }>>;
}

/** The figures of Cria's card from a report of `llamero eval run`. */
export function readScores(path: string): AblationResult["scores"] {
  const { results } = JSON.parse(readFileSync(path, "utf8")) as {
    results: { task: string; scores: Record<string, { value: number; numItems: number }> }[];
  };
  return Object.fromEntries(
    criaFigures.map(({ figure, task, metric }) => {
      const { value, numItems } = results.find((each) => each.task === task)!.scores[metric]!;
      return [figure, { value, numItems }];
    }),
  );
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** Wilson's interval of 95 % of a share, in percent. */
function percent(share: number, count: number): string {
  const z2 = 1.96 ** 2;
  const center = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (1.96 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count ** 2));
  const [low, high] = [center - half, center + half].map((x) =>
    Math.round(100 * Math.min(1, Math.max(0, x))),
  );
  return `${Math.round(100 * share)} % (${low} to ${high})`;
}

/** Losses of every seed, and scores over all seeds with intervals, by arm. */
export function ablationTable(results: readonly AblationResult[], arms: readonly string[]): string {
  const of = (arm: string): AblationResult[] => results.filter((each) => each.arm === arm);
  const losses = Object.keys(results[0]!.losses).map((name) =>
    line([
      name,
      ...arms.map((arm) =>
        of(arm)
          .map((one) => one.losses[name]!.toFixed(3))
          .join(", "),
      ),
    ]),
  );
  const scores = Object.keys(results[0]!.scores).map((figure) =>
    line([
      figure,
      ...arms.map((arm) => {
        const found = of(arm).map((one) => one.scores[figure]!);
        const count = found.reduce((sum, { numItems }) => sum + numItems, 0);
        return percent(mean(found.map(({ value }) => value)), count);
      }),
    ]),
  );
  const rows = line([
    "tokens",
    ...arms.map((arm) =>
      of(arm)
        .map((one) => one.rows.toLocaleString("en-US"))
        .join("; "),
    ),
  ]);
  return [line(["", ...arms]), line(["---", ...arms.map(() => "---")]), rows, ...losses, ...scores].join("");
}
