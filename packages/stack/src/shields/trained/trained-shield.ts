import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Shield, ShieldInput, Verdict } from "../shield.ts";
import { parseLinear } from "./linear-file.ts";
import { type Sliced, TextClassifier } from "./text-classifier.ts";

/** Shields whose model comes with the package. */
export type TrainedShieldKind = "injection" | "content";

const reasons: { readonly [K in TrainedShieldKind]: string } = {
  injection: "Words that try to change what the model was told to do",
  content: "A request for something that harms people",
};

/** Stands where an attack stood. */
const removed = "[removed: instructions of a stranger]";

const loaded = new Map<TrainedShieldKind, Promise<TextClassifier>>();

/** The classifier of a kind; its file is read once, when it is first needed. */
export function loadTrained(kind: TrainedShieldKind): Promise<TextClassifier> {
  let loading = loaded.get(kind);
  if (loading === undefined) {
    const file = new URL(`../../../shields/${kind}.bin`, import.meta.url);
    loading = readFile(file).then((bytes) => new TextClassifier(parseLinear(bytes, `shields/${kind}.bin`)));
    loading.catch(() => loaded.delete(kind));
    loaded.set(kind, loading);
  }
  return loading;
}

/** Does work slice by slice, and lets others have their turn between; an abort ends it there. */
async function inTurns<T>(work: Sliced<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const { done, value } = work.next();
    if (done) return value;
    await nextTurn();
  }
}

export interface TrainedShieldOptions {
  kind: TrainedShieldKind;
  /** Default the kind. */
  id?: string | undefined;
  /** Scores from here on are hits; default the one that training chose. */
  threshold?: number | undefined;
}

/** A shield over a small classifier that comes with the package. */
export function createTrainedShield({ kind, id = kind, threshold }: TrainedShieldOptions): Shield {
  return {
    id,
    async check({ text }: ShieldInput, signal: AbortSignal): Promise<Verdict> {
      const classifier = await loadTrained(kind);
      const { score, label } = await inTurns(classifier.judgeInSlices(text), signal);
      const limit = threshold ?? classifier.threshold;
      const flagged = score >= limit;
      return {
        shield: id,
        flagged,
        score,
        categories: flagged ? [label] : [],
        reason: flagged ? reasons[kind] : "Nothing found",
        ...(kind === "injection" && {
          redacted: flagged ? await inTurns(classifier.removeInSlices(text, limit, removed), signal) : text,
        }),
      };
    },
  };
}
