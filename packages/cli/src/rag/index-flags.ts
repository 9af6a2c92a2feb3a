import { join, resolve } from "node:path";
import { homeFolder } from "@llamero/core/hub/store";
import type { IndexStorage } from "@llamero/stack/rag";
import type { Flag, Values } from "../define-command.ts";
import { choiceFlag, numberFlag, textFlag } from "../flags.ts";

/** Which index a command works on. */
export const indexFlags: { index: Flag<string | null>; folder: Flag<string | null> } = {
  index: textFlag("--index <name>", "name of the index (default: default)"),
  folder: textFlag(
    "--folder <path>",
    "folder of indexes, or postgres://... with pgvector (default: rag in LLAMERO_HOME)",
  ),
};

/** Of an index, passages at most. */
export const limitFlag: Flag<number> = numberFlag("-k, --limit <n>", "passages at most", 5, {
  min: 1,
  max: 100,
  isInteger: true,
});

/** How an index is searched. */
export const searchFlag: Flag<"hybrid" | "vector" | "keyword"> = choiceFlag(
  "--search <how>",
  "what is compared",
  ["hybrid", "vector", "keyword"] as const,
  "hybrid",
);

/** The index that flags name; it is to be closed. */
export async function openFiles({ index, folder }: Values<typeof indexFlags>): Promise<IndexStorage> {
  const { IndexFiles, PostgresIndex } = await import("@llamero/stack/rag");
  const name = index ?? "default";
  if (folder !== null && /^postgres(ql)?:\/\//.test(folder)) return await PostgresIndex.open(folder, name);
  return new IndexFiles(folder === null ? join(homeFolder(), "rag") : resolve(folder), name);
}
