import { createHash } from "node:crypto";
import type { Document } from "../document.ts";
import type { InputError } from "../readers/record.ts";
import { sampleCharacters } from "./work.ts";

/** How many documents, and how many bytes of text. */
export interface Count {
  documents: number;
  textBytes: number;
}

/** A dropped document in the report. */
export interface DropSample {
  id: string;
  detail?: string;
  text: string;
  /** Decides which documents are shown: those with the smallest. */
  rank: string;
}

export interface DropCount extends Count {
  samples: DropSample[];
}

/** What one stage did. */
export interface StageTally {
  name: string;
  drops: Record<string, DropCount>;
  changes: Record<string, number>;
}

/** Every count of a run; plain data, so that a checkpoint can hold it. */
export interface TallyData {
  read: Count;
  kept: Count;
  /** First what reading dropped, then the stages of the configuration. */
  stages: StageTally[];
  sources: Record<string, { read: Count; kept: Count }>;
  languages: Record<string, Count>;
  /** Documents per power of two of their characters. */
  lengthsRead: number[];
  lengthsKept: number[];
  /** Groups of the mix. */
  groups: Record<string, Count>;
  errors: { total: number; byFile: Record<string, number>; first: InputError[] };
}

const samplesPerReason = 4;
const maxReasons = 100;
const maxErrors = 200;
const maxNames = 1000;

const none = (): Count => ({ documents: 0, textBytes: 0 });

/** Counts of a run that has not begun. */
export function emptyTally(stages: readonly string[], sources: readonly string[]): TallyData {
  return {
    read: none(),
    kept: none(),
    stages: ["reading", ...stages].map((name) => ({ name, drops: {}, changes: {} })),
    sources: Object.fromEntries(sources.map((name) => [name, { read: none(), kept: none() }])),
    languages: {},
    lengthsRead: [],
    lengthsKept: [],
    groups: {},
    errors: { total: 0, byFile: {}, first: [] },
  };
}

/** Adds to the counts of a run. */
export class Tally {
  readonly data: TallyData;

  constructor(data: TallyData) {
    this.data = data;
  }

  error(error: InputError): void {
    const { errors } = this.data;
    errors.total++;
    const file = bounded(errors.byFile, error.file, maxNames);
    errors.byFile[file] = (errors.byFile[file] ?? 0) + 1;
    if (errors.first.length < maxErrors) errors.first.push(error);
  }

  read(source: string, characters: number, textBytes: number): void {
    add(this.data.read, textBytes);
    add(this.data.sources[source]!.read, textBytes);
    bump(this.data.lengthsRead, characters);
  }

  /** `stage` is -1 for reading. */
  drop(stage: number, document: Document, textBytes: number, reason: string, detail?: string): void {
    const { drops } = this.data.stages[stage + 1]!;
    const key = bounded(drops, reason, maxReasons);
    drops[key] ??= { ...none(), samples: [] };
    const count = drops[key];
    add(count, textBytes);
    const rank = createHash("sha1").update(document.id).digest("hex");
    if (count.samples.length === samplesPerReason && rank >= count.samples.at(-1)!.rank) return;
    const text = document.text.slice(0, sampleCharacters).replace(/\p{Surrogate}/gu, "\ufffd");
    count.samples.push({ id: document.id, ...(detail === undefined ? {} : { detail }), text, rank });
    count.samples.sort((a, b) => (a.rank < b.rank ? -1 : 1));
    count.samples.length = Math.min(count.samples.length, samplesPerReason);
  }

  change(stage: number, what: string): void {
    const { changes } = this.data.stages[stage + 1]!;
    const key = bounded(changes, what, maxReasons);
    changes[key] = (changes[key] ?? 0) + 1;
  }

  keep(document: Document, textBytes: number, group: string | null): void {
    add(this.data.kept, textBytes);
    add(this.data.sources[document.source]!.kept, textBytes);
    bump(this.data.lengthsKept, document.text.length);
    const language = document.meta["language"];
    const name = typeof language === "string" ? language : "not identified";
    addTo(this.data.languages, name, textBytes);
    if (group !== null) addTo(this.data.groups, group, textBytes);
  }
}

function add(count: Count, textBytes: number): void {
  count.documents++;
  count.textBytes += textBytes;
}

function addTo(table: Record<string, Count>, name: string, textBytes: number): void {
  const key = bounded(table, name, maxNames);
  table[key] ??= none();
  add(table[key], textBytes);
}

function bump(bins: number[], characters: number): void {
  const bin = characters === 0 ? 0 : Math.floor(Math.log2(characters));
  while (bins.length <= bin) bins.push(0);
  bins[bin]!++;
}

/** A name, or "others" once a table has too many: counts stay small whatever a stage says. */
function bounded(table: Readonly<Record<string, unknown>>, name: string, limit: number): string {
  return Object.hasOwn(table, name) || Object.keys(table).length < limit ? name : "others";
}
