import { readFileSync } from "node:fs";
import { UsageError } from "../errors.ts";
import { decodeText } from "../terminal/decode-text.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "its permissions forbid it",
};

/** Text of a file that the user names. */
export function readTextFile(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    throw new UsageError(`Cannot read ${path}: ${reasons[code] ?? message}`, null, { cause });
  }
  return decodeText(bytes, path);
}
