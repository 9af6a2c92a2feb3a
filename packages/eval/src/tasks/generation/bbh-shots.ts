import { bbhLanguage } from "./bbh-language-shots.ts";
import { bbhLogic } from "./bbh-logic-shots.ts";

/** A subset of BIG-Bench Hard: what it asks and three worked examples. */
export interface BbhSubset {
  name: string;
  description: string;
  shots: readonly (readonly [input: string, steps: string, answer: string])[];
}

/** Rows of name, description and examples, of which each has its three parts between bars of `§`. */
export type BbhRow = readonly [name: string, description: string, ...shots: string[]];

/** All 27 subsets. The examples are our own, not those of the paper. */
export const bbhSubsets: readonly BbhSubset[] = [...bbhLogic, ...bbhLanguage].map(
  ([name, description, ...shots]) => ({
    name,
    description,
    shots: shots.map((shot) => {
      const [input, steps, answer] = shot.split(" § ");
      return [input!, steps!, answer!] as const;
    }),
  }),
);
