import type { Message, ToolDefinition } from "@llamero/core";
import type { RunCode } from "@llamero/eval";
import type { Document, Json } from "../data/document.ts";
import type { LanguageDetector } from "../data/language/detector.ts";
import type { SynthFilters, SynthLanguage, SynthTask } from "./recipe.ts";
import type { ItemTeacher } from "./teacher.ts";

/** Where an attempt can end, in the order in which an attempt meets them. */
export const dropStages = ["form", "rules", "grounding", "execution", "judge", "duplicates"] as const;
export type DropStage = (typeof dropStages)[number];

/** Ends an attempt: nothing of it is kept, and the report counts why. */
export class DroppedError extends Error {
  override name = "DroppedError";
  readonly stage: DropStage;
  readonly detail: string | null;
  /** What there was of the record. */
  readonly text: string;

  constructor(stage: DropStage, reason: string, { detail, text }: { detail?: string; text?: string } = {}) {
    super(reason);
    this.stage = stage;
    this.detail = detail ?? null;
    this.text = text ?? "";
  }
}

/** What a kind made of one attempt, before filters. */
export interface Draft {
  /** The conversation; of a preference, what comes before the answers. */
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  preference?: { chosen: string; rejected: string };
  /** What near duplicates are told by. */
  prompt: string;
  /** Whether prompt and answers must be in the language of the item. */
  checksLanguage: boolean;
  /** Language of the answers where it is another than that of the item. */
  answerLanguage?: SynthLanguage;
  meta: Readonly<Record<string, Json>>;
}

/** What an attempt may use. */
export interface ItemContext {
  index: number;
  task: SynthTask;
  language: SynthLanguage;
  /** Of the item alone: the same whenever it is tried. */
  random: () => number;
  teacher: ItemTeacher;
  /** Texts of the task's source. */
  documents: readonly Document[];
  /** Prompts kept in waves before this one. */
  earlier: readonly string[];
  detector: LanguageDetector;
  filters: SynthFilters;
  runCode: RunCode;
}

/** How records of one kind are made. */
export type MakeDraft = (context: ItemContext) => Promise<Draft>;

/** One of a list. */
export function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}
