import type { Source } from "../task.ts";

/** The files of a set are not where they should be; the user can get them. */
export class MissingDataError extends Error {
  override name = "MissingDataError";

  constructor(source: Source, { folder, patterns }: { folder: string; patterns: readonly string[] }) {
    super(
      `No file matches ${patterns.join(", ")} (also with .gz or .zst behind) in ${folder}; get the set from ` +
        `${source.origin} (${source.license}) and put its files there`,
    );
  }
}
