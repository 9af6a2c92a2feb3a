/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A text on its way through curation. */
export interface Document {
  /** Unique within a run: source, file and position, so that the same input gives the same ids. */
  id: string;
  text: string;
  /** Where the text is from: the name of its source in the configuration, its file, its address if it has one. */
  source: string;
  url?: string;
  /** What stages found: language, quality, domain. */
  meta: Readonly<Record<string, Json>>;
}

/** What a stage did with a document. A dropped one is counted and, for a sample, shown under its reason. */
export type Verdict =
  | { keep: true; document: Document; changed?: string }
  | { keep: false; reason: string; detail?: string };
