import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { RunSummary } from "@llamero/stack/runs";
import type { Flag } from "../define-command.ts";
import { UsageError } from "../errors.ts";
import { textFlag } from "../flags.ts";
import { closestWord } from "../terminal/closest-word.ts";

/** Where runs are looked for. */
export const folderFlag: Flag<string | null> = textFlag(
  "--folder <path>",
  "folder of runs (default: runs in LLAMERO_HOME)",
);

/** The folder of runs that a user names, or the usual one. */
export const runsFolder = (given: string | null): string =>
  given === null ? join(homeFolder(), "runs") : resolve(given);

/** A run with the folder that its name is below. */
export interface FoundRun {
  folder: string;
  run: RunSummary;
}

/** The run of a name, of the end of one, or of the path of its folder. */
export async function findRun(word: string, given: string | null): Promise<FoundRun> {
  const { listRuns } = await import("@llamero/stack/runs");
  const folder = runsFolder(given);
  const runs = await listRuns(folder);
  const exact = runs.find(({ name }) => name === word);
  if (exact !== undefined) return { folder, run: exact };
  const path = resolve(word);
  if (existsSync(join(path, "metrics.jsonl"))) {
    const run = (await listRuns(dirname(path))).find(({ name }) => name === basename(path));
    if (run !== undefined) return { folder: dirname(path), run };
  }
  const ends = runs.filter(({ name }) => name.endsWith(`/${word}`));
  if (ends.length === 1) return { folder, run: ends[0]! };
  const names = ends.length > 1 ? ends.map(({ name }) => name).join(" or ") : null;
  const close = closestWord(
    word,
    runs.map(({ name }) => name),
  );
  const hint = names ?? close;
  throw new UsageError(
    `There is no run ${word} in ${folder}`,
    hint === null ? "See: llamero runs ls" : `Did you mean ${hint}?`,
  );
}
