import type { Border } from "./shield.ts";

/** What happens on a hit: the answer is refused, the text redacted, a person asked (calls only), or it is noted. */
export type PolicyAction = "refuse" | "redact" | "ask" | "log";

/** Shields at a border and what happens when one of them hits. */
export interface PolicyRule {
  /** Ids. */
  shields: readonly string[];
  onHit: PolicyAction;
  /** Scores below it are no hits; default whatever the shield itself flags. */
  threshold?: number | undefined;
}

/** Which shields guard which border. */
export interface Policy {
  borders: Readonly<Partial<Record<Border, readonly PolicyRule[]>>>;
  /** How much of a streamed answer is held back until it is judged. */
  hold: { until: "tokens" | "sentence" | "answer"; tokens: number };
  /** A shield that takes longer has failed. */
  timeoutMs: number;
  /** What is said instead of an answer. */
  refusal: string;
}

export const borders: readonly Border[] = [
  "user_input",
  "model_output",
  "tool_call",
  "tool_result",
  "retrieved_text",
];

/** Without a policy of one's own: what costs little, where strangers speak. */
export const defaultPolicy: Policy = {
  borders: {
    tool_call: [{ shields: ["code"], onHit: "ask" }],
    tool_result: [{ shields: ["hidden-text", "injection"], onHit: "redact" }],
    retrieved_text: [{ shields: ["hidden-text", "injection"], onHit: "redact" }],
  },
  hold: { until: "tokens", tokens: 32 },
  timeoutMs: 30_000,
  refusal: "I cannot help with that.",
};
