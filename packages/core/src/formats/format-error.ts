/** Where in a model file something is wrong. */
export interface FormatErrorPlace {
  file: string;
  tensor?: string;
  /** Byte offset in the file. */
  offset?: number;
}

/** A model file, folder or release that is damaged, incomplete or of a kind this engine does not run. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly file: string;
  readonly tensor: string | null;
  readonly offset: number | null;

  constructor(problem: string, place: FormatErrorPlace, options?: ErrorOptions) {
    const details = [
      ...(place.tensor === undefined ? [] : [`tensor ${place.tensor}`]),
      ...(place.offset === undefined ? [] : [`byte ${place.offset}`]),
    ];
    super(`${place.file}: ${problem}${details.length === 0 ? "" : ` (${details.join(", ")})`}`, options);
    this.file = place.file;
    this.tensor = place.tensor ?? null;
    this.offset = place.offset ?? null;
  }
}
