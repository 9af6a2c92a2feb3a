/** What a server takes at most; null is no limit. */
export interface ServerLimits {
  /** Of a JSON body. */
  bodyBytes: number;
  /** Of a form with a file. */
  uploadBytes: number;
  /** Requests being answered at once, in all and for one key. */
  concurrent: number | null;
  concurrentPerKey: number | null;
  /** For each key; a key may have its own. */
  requestsPerMinute: number | null;
  /** Prompt and answer, of models of this machine; a key may have its own. */
  tokensPerDay: number | null;
  /** Until all headers of a request are there. */
  headersTimeoutMs: number;
  /** Until all of a request is there. */
  requestTimeoutMs: number;
  /** A client that takes nothing of an answer this long is cut off. */
  stallTimeoutMs: number;
  headerBytes: number;
  connections: number;
}

export const defaultLimits: Readonly<ServerLimits> = {
  // 128 K tokens of text take less than 1 MB.
  bodyBytes: 8 * 2 ** 20,
  // A file of 64 MiB and the text fields beside it.
  uploadBytes: 65 * 2 ** 20,
  concurrent: null,
  concurrentPerKey: null,
  requestsPerMinute: null,
  tokensPerDay: null,
  headersTimeoutMs: 30_000,
  requestTimeoutMs: 300_000,
  stallTimeoutMs: 60_000,
  headerBytes: 16 * 2 ** 10,
  connections: 2048,
};
