/** What a run is made of. A run goes on only with the same. */
export interface RunIdentity {
  /** Everything that changes what is learned; plain data. */
  settings: Readonly<Record<string, unknown>>;
  /** Digest of the tokenizer. */
  tokenizer: string;
}

/** Throws RangeError naming the first setting that differs from those that a checkpoint was made with. */
export function checkSameRun(saved: RunIdentity, now: RunIdentity, folder: string): void {
  if (saved.tokenizer !== now.tokenizer)
    throw new RangeError(
      `The tokenizer is not the one that the run in ${folder} was started with (${short(saved.tokenizer)}, now ${short(now.tokenizer)}); give the same one or start anew in another folder`,
    );
  const before = new Map(flatten("", saved.settings));
  const after = new Map(flatten("", now.settings));
  for (const key of new Set([...before.keys(), ...after.keys()]))
    if (before.get(key) !== after.get(key))
      throw new RangeError(
        `Setting ${key} was ${before.get(key) ?? "not set"} when the run in ${folder} was started and is ${after.get(key) ?? "not set"} now; give the same or start anew in another folder`,
      );
}

const short = (digest: string): string => digest.slice(0, 12);

/** Every leaf by its path, as JSON; lists are leaves. */
function* flatten(path: string, value: unknown): Generator<[string, string]> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, part] of Object.entries(value))
      yield* flatten(path === "" ? key : `${path}.${key}`, part);
    return;
  }
  if (value !== undefined) yield [path, JSON.stringify(value)];
}
