import { randomInt } from "node:crypto";
import type { ArenaContestant } from "../api/arena.ts";
import { HttpError } from "../http/http-error.ts";

/** Two different ones of a list in random order; one alone comes twice, by two seeds. */
export function drawContestants(
  all: readonly ArenaContestant[],
  draw: (below: number) => number = randomInt,
): [ArenaContestant, ArenaContestant] {
  const names = all.map(nameOf);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new HttpError(400, `contestants: Two are ${twice}; give them names that differ`, {
      param: "contestants",
      code: "invalid_value",
    });
  if (all.length === 1) {
    const seeds = [draw(2 ** 31), draw(2 ** 31)] as const;
    const [first, second] = [all[0]!, all[0]!].map((each, at) => ({
      ...each,
      seed: seeds[at] === seeds[0] && at === 1 ? (seeds[0] + 1) % 2 ** 31 : seeds[at]!,
      name: nameOf(each),
    }));
    return [first!, second!];
  }
  const left = draw(all.length);
  const right = (left + 1 + draw(all.length - 1)) % all.length;
  return [all[left]!, all[right]!];
}

/** What the ranking calls a contestant. */
export function nameOf({ name, model, temperature, top_p: topP, seed, system }: ArenaContestant): string {
  if (name !== undefined) return name;
  const settings = [
    ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
    ...(topP === undefined ? [] : [`top_p ${topP}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(system === undefined ? [] : ["own system prompt"]),
  ];
  return settings.length === 0 ? model : `${model} (${settings.join(", ")})`;
}
