import { createRandom } from "../stats/random.ts";

/** What came of two players; `parts` are resampled as one where intervals are found, such as votes on one pair. */
export interface Duel {
  left: string;
  right: string;
  /** A tie counts as half a win for each. */
  winner: "left" | "right" | "tie";
  part?: string;
}

/** How strong a player is. */
export interface Rating {
  name: string;
  /** 1,000 + 400 log10 of the strength: 400 more win ten times as often. The mean of all is 1,000. */
  rating: number;
  /** 95 % percentile interval of the bootstrap; null where there is one part only. */
  interval: readonly [number, number] | null;
  wins: number;
  losses: number;
  ties: number;
}

export interface BradleyTerryOptions {
  /**
   * Tied games of each player against an imaginary one of mean strength. They keep whoever won or lost everything, and
   * groups that never met, finite; 0 is the plain maximum of the likelihood.
   */
  prior?: number;
  numResamples?: number;
  seed?: number;
}

/** How the ratings are found, in words. */
export const bradleyTerryMethod =
  "Bradley-Terry, ties as half wins, prior of one tied game, bootstrap over pairs";

/** Ratings by Bradley and Terry (1952), strongest first, with intervals by the bootstrap over parts. */
export function rateByBradleyTerry(duels: readonly Duel[], options: BradleyTerryOptions = {}): Rating[] {
  const { prior = 1, numResamples = 300, seed = 1 } = options;
  const names = [...new Set(duels.flatMap(({ left, right }) => [left, right]))].sort();
  const index = new Map(names.map((name, at) => [name, at]));
  const games = duels.map(
    ({ left, right, winner }): Game => [
      index.get(left)!,
      index.get(right)!,
      winner === "left" ? 1 : winner === "right" ? 0 : 0.5,
    ],
  );
  const parts = new Map<string, Game[]>();
  for (const [at, duel] of duels.entries()) {
    const key = duel.part ?? `#${at}`;
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [games[at]!]);
    else part.push(games[at]!);
  }
  const groups = [...parts.values()];
  const ratings = fit(games, { size: names.length, prior, tolerance: 1e-9 });
  const draws: Float64Array[] = [];
  const random = createRandom(seed);
  if (groups.length > 1)
    for (let draw = 0; draw < numResamples; draw++) {
      const drawn = groups.flatMap(() => groups[Math.floor(random() * groups.length)]!);
      draws.push(fit(drawn, { size: names.length, prior, tolerance: 1e-5 }));
    }
  const rows = names.map((name, at): Rating => {
    const sorted = draws.map((draw) => draw[at]!).sort((a, b) => a - b);
    const interval =
      sorted.length === 0 ? null : ([quantile(sorted, 0.025), quantile(sorted, 0.975)] as const);
    return { name, rating: ratings[at]!, interval, ...recordOf(name, duels) };
  });
  return rows.sort((a, b) => b.rating - a.rating || a.name.localeCompare(b.name));
}

/** Two players by their places, and the share of the win that the first has. */
type Game = readonly [left: number, right: number, share: number];

/** Strengths by minorize-maximize (Hunter 2004), as ratings. */
function fit(
  all: readonly Game[],
  { size, prior, tolerance }: { size: number; prior: number; tolerance: number },
): Float64Array {
  const games = new Float64Array(size * size);
  const wins = new Float64Array(size).fill(prior / 2);
  for (const [left, right, share] of all) {
    games[left * size + right]! += 1;
    games[right * size + left]! += 1;
    wins[left]! += share;
    wins[right]! += 1 - share;
  }
  let strengths = new Float64Array(size).fill(1);
  for (let step = 0; step < 2000; step++) {
    const next = strengths.map((strength, at) => {
      let sum = prior / (strength + 1);
      for (let other = 0; other < size; other++) {
        const count = games[at * size + other]!;
        if (count > 0) sum += count / (strength + strengths[other]!);
      }
      return sum === 0 ? strength : Math.max(wins[at]! / sum, 1e-12);
    });
    // The likelihood knows ratios only; the prior, where there is one, knows the scale.
    if (prior === 0) {
      const mean = Math.exp(next.reduce((sum, each) => sum + Math.log(each), 0) / size);
      for (let at = 0; at < size; at++) next[at]! /= mean;
    }
    const change = next.reduce(
      (most, each, at) => Math.max(most, Math.abs(Math.log(each / strengths[at]!))),
      0,
    );
    strengths = next;
    if (change < tolerance) break;
  }
  const logs = strengths.map((strength) => 400 * Math.log10(strength));
  const mean = logs.reduce((sum, each) => sum + each, 0) / size;
  return logs.map((each) => 1000 + each - mean);
}

function recordOf(name: string, duels: readonly Duel[]): Pick<Rating, "wins" | "losses" | "ties"> {
  const record = { wins: 0, losses: 0, ties: 0 };
  for (const { left, right, winner } of duels) {
    if (name !== left && name !== right) continue;
    if (winner === "tie") record.ties++;
    else if ((winner === "left") === (name === left)) record.wins++;
    else record.losses++;
  }
  return record;
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}
