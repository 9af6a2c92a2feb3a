import type { Document } from "../document.ts";
import type { GlobalStage, Stage } from "../stage.ts";
import { guard, runStages } from "./run-stages.ts";
import type { Tally } from "./tally.ts";
import type { Worked } from "./work.ts";

/**
 * Lets the stages with a memory decide, in order, and counts what happened. Returns the document if it is kept. Where
 * such a stage changes it, the stages after that run again here.
 */
export function settle(
  { characters, sizeBytes, trace: first }: Exclude<Worked, { error: object }>,
  stages: readonly Stage[],
  tally: Tally,
): Document | null {
  let trace = first;
  tally.read(trace.document.source, characters, sizeBytes);
  let at = 0;
  let next = 0;
  for (;;) {
    const pending = trace.pending[at++];
    const until = pending?.stage ?? Number.POSITIVE_INFINITY;
    for (; next < trace.changes.length && trace.changes[next]!.stage < until; next++)
      tally.change(trace.changes[next]!.stage, trace.changes[next]!.what);
    if (pending === undefined) break;
    const stage = stages[pending.stage] as GlobalStage;
    const verdict = guard(stage, pending.document, () => stage.decide(pending.document, pending.digest));
    if (!verdict.keep) {
      tally.drop(pending.stage, pending.document, sizeBytes, verdict.reason, verdict.detail);
      return null;
    }
    if (verdict.changed !== undefined) tally.change(pending.stage, verdict.changed);
    if (verdict.document === pending.document) continue;
    trace = runStages(stages, pending.stage + 1, verdict.document);
    at = 0;
    next = 0;
  }
  if (trace.drop === undefined) return trace.document;
  const { stage, reason, detail } = trace.drop;
  tally.drop(stage, trace.document, sizeBytes, reason, detail);
  return null;
}
