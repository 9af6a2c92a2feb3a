import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { RenderedPair } from "../chat-data/render-pairs.ts";
import type { TrainSession } from "../session/session.ts";
import type { PairBatchOptions } from "./pair-batch.ts";
import type { PairLogProbs } from "./preference-loss.ts";
import { referenceLogProbs } from "./reference.ts";

interface StoredReference {
  key: string;
  logProbs: readonly PairLogProbs[];
}

/** Reference log-probabilities from a file, where it has those of `key`; else computed once and kept there. */
export async function readReferences(
  path: string,
  pairs: readonly RenderedPair[],
  limits: PairBatchOptions,
  options: { key: string; open(): TrainSession; signal?: AbortSignal | undefined },
): Promise<readonly PairLogProbs[]> {
  const { key, open, signal } = options;
  if (existsSync(path)) {
    const stored = JSON.parse(readFileSync(path, "utf8")) as StoredReference;
    if (stored.key === key && stored.logProbs.length === pairs.length) return stored.logProbs;
  }
  await using session = open();
  const logProbs = await referenceLogProbs(session, pairs, limits, signal);
  const partial = `${path}.partial`;
  writeFileSync(partial, JSON.stringify({ key, logProbs } satisfies StoredReference));
  renameSync(partial, path);
  return logProbs;
}
