import { statSync } from "node:fs";
import { listFiles, nameFor } from "../readers/list-files.ts";
import { formatOfName } from "../readers/read-file.ts";
import type { InputFormat, ReaderInput } from "../readers/record.ts";
import type { CurateConfig } from "./config.ts";

/** One file of a run. */
export interface InputConfig {
  input: ReaderInput;
  format: InputFormat;
  sizeBytes: number;
  /** Shows that a file changed between a run and its continuation. */
  modifiedMs: number;
}

/** Every file of every source, in the order in which they are read. */
export function listInputs(config: CurateConfig): InputConfig[] {
  return config.sources.flatMap((source, index) => {
    const paths = [...new Set(source.files.flatMap((pattern) => listFiles(pattern, config.folder)))];
    return paths.map((path): InputConfig => {
      const format = source.format ?? formatOfName(path);
      if (format === null)
        throw new SyntaxError(
          `Source ${source.name}: the name of ${nameFor(path, config.folder)} does not tell its format; give the source a format`,
        );
      const { size, mtimeMs } = statSync(path);
      const input: ReaderInput = {
        source: index,
        sourceName: source.name,
        file: nameFor(path, config.folder),
        path,
        limits: config.limits,
        ...(source.meta === null ? {} : { columns: [source.text, source.url, ...source.meta] }),
      };
      return { input, format, sizeBytes: size, modifiedMs: mtimeMs };
    });
  });
}
