import { type FileDigest, readFile } from "../readers/read-file.ts";
import type { InputError, RawRecord, Reading } from "../readers/record.ts";
import type { InputConfig } from "./inputs.ts";

/** Where a run stands in its input: this many readings of this file are done, and all of the files before it. */
export interface Cursor {
  file: number;
  readings: number;
}

/** A batch of readings: what one worker gets at a time. The cut depends on the input alone. */
export interface Unit {
  readings: readonly Reading[];
  sizeBytes: number;
  /** Where the next unit begins. */
  next: Cursor;
  /** Files that this unit finished; null where a file could not be read to its end. */
  finished: readonly { file: number; digest: FileDigest | null }[];
}

const unitBytes = 1 << 20;
const unitReadings = 256;

/** Reads files from a cursor on, in order, in batches. */
export async function* readUnits(
  inputs: readonly InputConfig[],
  from: Cursor,
  limit: number,
): AsyncGenerator<Unit> {
  let readings: Reading[] = [];
  let finished: Unit["finished"][number][] = [];
  let sizeBytes = 0;
  let total = 0;
  const cut = (next: Cursor): Unit => {
    const unit = { readings, sizeBytes, next, finished };
    readings = [];
    finished = [];
    sizeBytes = 0;
    return unit;
  };
  for (let file = from.file; file < inputs.length; file++) {
    const { input, format } = inputs[file]!;
    const done = file === from.file ? from.readings : 0;
    const reader = readFile(input, format);
    let seen = 0;
    try {
      for (;;) {
        const step = await reader.next();
        if (step.done === true) {
          finished.push({ file, digest: step.value });
          break;
        }
        if (++seen <= done) continue;
        if (total >= limit) break;
        readings.push(step.value);
        total++;
        sizeBytes += sizeOf(step.value);
        if (sizeBytes >= unitBytes || readings.length >= unitReadings) yield cut({ file, readings: seen });
      }
    } finally {
      await reader.return(null);
    }
    if (total >= limit) {
      if (readings.length > 0 || finished.length > 0) yield cut({ file, readings: seen });
      return;
    }
  }
  if (readings.length > 0 || finished.length > 0) yield cut({ file: inputs.length, readings: 0 });
}

function sizeOf({ record }: Reading): number {
  if (record === undefined) return 200;
  return record.row === undefined ? record.body.length + 100 : JSON.stringify(record.row).length;
}

/** A unit's readings in a form that costs one copy to send: every body in one buffer. */
export interface PackedUnit {
  records: readonly (Omit<RawRecord, "body"> | { error: InputError })[];
  ends: readonly number[];
  bytes: Uint8Array<ArrayBuffer>;
}

/** Packs readings for a worker. */
export function packUnit(readings: readonly Reading[]): PackedUnit {
  const ends: number[] = [];
  let end = 0;
  for (const { record } of readings) {
    end += record?.body.length ?? 0;
    ends.push(end);
  }
  const bytes = new Uint8Array(end);
  const records = readings.map((reading, index) => {
    if (reading.record === undefined) return { error: reading.error };
    const { body, ...rest } = reading.record;
    bytes.set(body, ends[index]! - body.length);
    return rest;
  });
  return { records, ends, bytes };
}

/** The readings again. */
export function unpackUnit({ records, ends, bytes }: PackedUnit): Reading[] {
  return records.map((record, index) =>
    "error" in record
      ? { error: record.error }
      : { record: { ...record, body: bytes.subarray(index === 0 ? 0 : ends[index - 1]!, ends[index]!) } },
  );
}
