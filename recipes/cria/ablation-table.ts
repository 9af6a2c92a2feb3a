import { readFileSync } from "node:fs";
import { criaFigures } from "../../packages/eval/src/tasks/cria/cria-tasks.ts";

/** An arm with one seed: losses in nats a token, and figures with their intervals of 95 %. */
export interface AblationResult {
  arm: string;
  seed: number;
  rows: number;
  losses: Readonly<Record<string, number>>;
  scores: Readonly<Record<string, { value: number; interval: readonly [number, number] }>>;
}

/** The figures of Cria's card from a report of `llamero eval run`. */
export function readScores(path: string): AblationResult["scores"] {
  const { results } = JSON.parse(readFileSync(path, "utf8")) as {
    results: { task: string; scores: Record<string, { value: number; interval: [number, number] }> }[];
  };
  return Object.fromEntries(
    criaFigures.map(({ figure, task, metric }) => {
      const { value, interval } = results.find((each) => each.task === task)!.scores[metric]!;
      return [figure, { value, interval }];
    }),
  );
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

const percent = (share: number): number => Math.round(100 * share);

/** Losses of every seed, and by arm the means of scores and of the bounds of one seed's, which are those of few cases. */
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
        const bound = (at: 0 | 1): number => percent(mean(found.map(({ interval }) => interval[at])));
        return `${percent(mean(found.map(({ value }) => value)))} % (${bound(0)} to ${bound(1)})`;
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
