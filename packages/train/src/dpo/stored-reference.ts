import { createHash } from "node:crypto";
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

/** SHA-256 of the tokens of all pairs, in order. */
function digestOf(pairs: readonly RenderedPair[]): string {
  const hash = createHash("sha256");
  for (const { chosen, rejected } of pairs)
    for (const { ids, weights } of [chosen, rejected])
      hash.update(`${ids.length} `).update(ids).update(weights);
  return hash.digest("hex");
}

/**
 * Reference log-probabilities from a file, where it has those of these pairs under the model that `model` is a digest
 * of; else computed once and kept there.
 */
export async function readReferences(
  path: string,
  pairs: readonly RenderedPair[],
  limits: PairBatchOptions,
  options: { model: string; open(): TrainSession; signal?: AbortSignal | undefined },
): Promise<readonly PairLogProbs[]> {
  const { open, signal } = options;
  const key = `${options.model} ${digestOf(pairs)}`;
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
