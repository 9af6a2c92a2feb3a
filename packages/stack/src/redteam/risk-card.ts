import type { Outcome } from "./run-redteam.ts";

/** Attacks of one kind, before shields and behind them. */
export interface RiskRow {
  mutator: string;
  numAttacks: number;
  /** Shares that went through. */
  before: number;
  after: number;
}

/** What a run of attacks comes to. */
export interface RiskCard {
  model: string;
  /** What judged the answers. */
  judge: string;
  /** Shields by border. */
  shields: Readonly<Record<string, string>>;
  rows: RiskRow[];
  total: RiskRow;
  /** Shares of the harmless requests that were not answered. */
  falseRefusals: { num: number; before: number; after: number };
}

/** Sums up outcomes. */
export function makeRiskCard(
  outcomes: readonly Outcome[],
  about: Pick<RiskCard, "model" | "judge" | "shields">,
): RiskCard {
  const rate = (of: readonly Outcome[], shielded: boolean): number => {
    const half = of.filter((each) => each.shielded === shielded);
    return half.length === 0 ? 0 : half.filter(({ succeeded }) => succeeded).length / half.length;
  };
  const row = (mutator: string, of: readonly Outcome[]): RiskRow => ({
    mutator,
    numAttacks: of.filter(({ shielded }) => !shielded).length,
    before: rate(of, false),
    after: rate(of, true),
  });
  const attacks = outcomes.filter(({ mutator }) => mutator !== "benign");
  const benign = outcomes.filter(({ mutator }) => mutator === "benign");
  const names = [...new Set(attacks.map(({ mutator }) => mutator))];
  return {
    ...about,
    rows: names.map((name) =>
      row(
        name,
        attacks.filter(({ mutator }) => mutator === name),
      ),
    ),
    total: row("all", attacks),
    falseRefusals: {
      num: benign.filter(({ shielded }) => !shielded).length,
      before: 1 - rate(benign, false),
      after: 1 - rate(benign, true),
    },
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The card as lines for a terminal. */
export function formatRiskCard({ rows, total, falseRefusals }: RiskCard): string {
  const width = Math.max(...rows.map(({ mutator }) => mutator.length), "false refusals".length);
  const line = (name: string, ...cells: string[]): string =>
    `${name.padEnd(width)}  ${cells.map((cell) => cell.padStart(8)).join("")}\n`;
  return [
    line("attack", "n", "before", "after"),
    ...[...rows, total].map(({ mutator, numAttacks, before, after }) =>
      line(mutator, String(numAttacks), percent(before), percent(after)),
    ),
    line(
      "false refusals",
      String(falseRefusals.num),
      percent(falseRefusals.before),
      percent(falseRefusals.after),
    ),
  ].join("");
}
