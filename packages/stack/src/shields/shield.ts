/** Where text crosses from one party to another, so that a policy can put a shield there. */
export type Border = "user_input" | "model_output" | "tool_call" | "tool_result" | "retrieved_text";

/** A message of the conversation that a shield judges. */
export interface ShieldMessage {
  role: "system" | "user" | "assistant" | "tool";
  content: string;
}

/** What a shield is asked. */
export interface ShieldInput {
  border: Border;
  /** The text to judge. */
  text: string;
  /** The conversation before the text, oldest first; shields that need no context ignore it. */
  conversation?: readonly ShieldMessage[] | undefined;
}

/** What a shield found. */
export interface Verdict {
  /** Id of the shield. */
  shield: string;
  flagged: boolean;
  /** Probability that the text breaks the policy, 0 to 1. */
  score: number;
  /** Codes of the categories that were hit, such as `S1` or `prompt_injection`. */
  categories: readonly string[];
  /** One sentence for a person. */
  reason: string;
  /** The text with the offending spans replaced, from shields that can do so. */
  redacted?: string | undefined;
}

/** Judges text that crosses a border; throws when it cannot judge, never passes text unjudged. */
export interface Shield {
  readonly id: string;
  check(input: ShieldInput, signal: AbortSignal): Promise<Verdict>;
  /** Loads what checks need, so that a server that starts learns of what is missing; else the first check does. */
  open?(): Promise<void>;
  /** Gives back what the shield holds. */
  close?(): Promise<void>;
}
