import type { Document } from "../document.ts";
import type { Stage } from "../stage.ts";

/** What a stage that remembers needs to decide later, in order. */
export interface Pending {
  stage: number;
  digest: Uint32Array;
  /** As the document was when it came to that stage. */
  document: Document;
}

/** How a document fared in the stages that need no memory. */
export interface Trace {
  /** As it came out of the last stage it reached. */
  document: Document;
  pending: readonly Pending[];
  /** Stages that changed it, and what they say about that. */
  changes: readonly { stage: number; what: string }[];
  drop?: { stage: number; reason: string; detail?: string };
}

/**
 * Takes a document through the stages from `from` on as if every stage with a memory kept it unchanged. Where one does
 * not, the trace is only good up to that stage.
 */
export function runStages(stages: readonly Stage[], from: number, start: Document): Trace {
  let document = start;
  const pending: Pending[] = [];
  const changes: { stage: number; what: string }[] = [];
  for (let index = from; index < stages.length; index++) {
    const stage = stages[index]!;
    if (stage.kind === "global") {
      pending.push({ stage: index, digest: guard(stage, document, () => stage.digest(document)), document });
      continue;
    }
    const verdict = guard(stage, document, () => stage.apply(document));
    if (!verdict.keep) {
      const { reason, detail } = verdict;
      const drop = { stage: index, reason, ...(detail === undefined ? {} : { detail }) };
      return { document, pending, changes, drop };
    }
    document = verdict.document;
    if (verdict.changed !== undefined) changes.push({ stage: index, what: verdict.changed });
  }
  return { document, pending, changes };
}

/** Runs a part of a stage; what it throws names the stage and the document. */
export function guard<T>(stage: Stage, document: Document, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Stage ${stage.name} failed on document ${document.id}: ${why}`, { cause });
  }
}
