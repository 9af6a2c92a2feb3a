import { fileURLToPath } from "node:url";
import type { Source } from "../../task.ts";

// Both src/tasks/cria and dist/tasks/cria are three folders below the package.
const folder = fileURLToPath(new URL("../../../cria", import.meta.url));

/** Cases that come with this package. */
export function criaSource(file: string): Source {
  return {
    folder,
    splits: { test: [`${file}.jsonl`] },
    test: "test",
    origin: "comes with @llamero/eval, in its folder cria",
    license: "Apache-2.0",
  };
}
