/** What a remote model can be asked for, as the end of its path. */
export type Operation = "chat/completions" | "completions" | "embeddings";

/** Every operation. */
export const operations: readonly Operation[] = ["chat/completions", "completions", "embeddings"];
