/** What a server of tools may send and take; it is not trusted to stop by itself. */
export interface McpLimits {
  /** Of one answer, notifications before it included. */
  answerBytes: number;
  /** Messages before the answer. */
  messages: number;
  connectMs: number;
  listMs: number;
  callMs: number;
  /** Tools that are read, and tools that are offered to a model. */
  listedTools: number;
  offeredTools: number;
  /** JSON of the schema of one tool, and of all that are offered. */
  schemaBytes: number;
  allSchemaBytes: number;
  schemaDepth: number;
  descriptionLength: number;
}

export const mcpLimits: McpLimits = {
  answerBytes: 4 * 2 ** 20,
  messages: 2000,
  connectMs: 15_000,
  listMs: 30_000,
  callMs: 60_000,
  listedTools: 2000,
  offeredTools: 128,
  schemaBytes: 64 * 2 ** 10,
  allSchemaBytes: 512 * 2 ** 10,
  schemaDepth: 32,
  descriptionLength: 4000,
};
