import type { Document } from "../document.ts";
import { expandRecord, type RecordSchema } from "../readers/expand.ts";
import type { InputError } from "../readers/record.ts";
import type { Stage } from "../stage.ts";
import type { StageConfig } from "./config.ts";
import { runStages, type Trace } from "./run-stages.ts";
import { type PackedUnit, unpackUnit } from "./units.ts";

/** What a worker needs before its first unit. */
export interface WorkerSetup {
  stages: readonly StageConfig[];
  schemas: readonly RecordSchema[];
  folder: string;
}

/** A document as it was read, counted before any stage, and how it fared; or why there is none. */
export type Worked =
  | { error: InputError }
  | { error?: never; characters: number; sizeBytes: number; trace: Trace };

/** The part of the work on a unit that needs no memory. */
export function workUnit(
  unit: PackedUnit,
  stages: readonly Stage[],
  schemas: readonly RecordSchema[],
): Worked[] {
  return unpackUnit(unit).map((reading): Worked => {
    if (reading.record === undefined) return { error: reading.error };
    const document = expandRecord(reading.record, schemas[reading.record.source]!);
    if (!("id" in document)) return { error: document };
    const counts = { characters: document.text.length, sizeBytes: Buffer.byteLength(document.text) };
    if (document.text.trim() === "") return { ...counts, trace: emptyTrace(document) };
    const trace = runStages(stages, 0, document);
    return {
      ...counts,
      trace: trace.drop !== undefined && trace.pending.length === 0 ? shorten(trace) : trace,
    };
  });
}

/** Stage index of documents without any text. */
export const readingStage = -1;

function emptyTrace(document: Document): Trace {
  return { document, pending: [], changes: [], drop: { stage: readingStage, reason: "no text" } };
}

/** Of a dropped document only a sample is ever shown. */
function shorten(trace: Trace): Trace {
  const { text } = trace.document;
  return text.length <= sampleCharacters
    ? trace
    : { ...trace, document: { ...trace.document, text: text.slice(0, sampleCharacters) } };
}

/** How much of a dropped text the report shows. */
export const sampleCharacters = 400;
