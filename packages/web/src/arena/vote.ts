import type { ArenaChoice, ArenaContestant, CreatePairRequest } from "@llamero/stack/api/arena";

/** A choice, the key of its text and the key that is pressed. */
export interface Choice {
  choice: ArenaChoice;
  text: "left" | "right" | "tie" | "bothBad";
  key: string;
}

/** The choices of a vote in the order of their keys 1 to 4. */
export const choices: readonly Choice[] = [
  { choice: "left", text: "left", key: "1" },
  { choice: "right", text: "right", key: "2" },
  { choice: "tie", text: "tie", key: "3" },
  { choice: "both_bad", text: "bothBad", key: "4" },
];

/** Reasons that can be ticked; the values are kept, the texts are shown. */
export const tags = [
  ["correct", "tagCorrect"],
  ["clear", "tagClear"],
  ["complete", "tagComplete"],
  ["brief", "tagBrief"],
  ["safe", "tagSafe"],
  ["style", "tagStyle"],
] as const;

/** What the server is asked for a pair; no models: all of the server. */
export function toPairRequest(
  prompt: string,
  models: readonly string[],
  maxTokens: number | null,
): CreatePairRequest {
  return {
    messages: [{ role: "user", content: prompt }],
    ...(models.length > 0 && { contestants: models.map((model) => ({ model })) }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
  };
}

/** What the reveal says of a contestant besides its name. */
export function describeContestant({ model, name, temperature, top_p, seed }: ArenaContestant): string {
  const settings = [
    ...(name === undefined || name === model ? [] : [model]),
    ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
    ...(top_p === undefined ? [] : [`top_p ${top_p}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ];
  return settings.join(" · ");
}
