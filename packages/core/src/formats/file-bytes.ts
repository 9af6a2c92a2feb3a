import { closeSync, openSync, readSync, statSync } from "node:fs";
import { FormatError } from "./format-error.ts";

/** Node reads at most 2 GiB in one call. */
const READ_LIMIT = 2 ** 30;

/** A file open for bounded positional reads; nothing is allocated for bytes that the file does not have. */
export class FileBytes {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #fd: number;

  constructor(path: string) {
    this.path = path;
    // A pipe would block on opening, so the kind is checked first.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new FormatError("No such file", { file: path });
    if (!stat.isFile()) throw new FormatError("Not a regular file", { file: path });
    this.sizeBytes = stat.size;
    try {
      this.#fd = openSync(path, "r");
    } catch (cause) {
      throw new FormatError("Cannot open the file; check its permissions", { file: path }, { cause });
    }
  }

  /** Reads exactly `length` bytes; `what` names them in the error when the file ends before. */
  read(offset: number, length: number, what: string): Buffer {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.sizeBytes)) {
      throw new FormatError(
        `File of ${this.sizeBytes} bytes ends before ${what} of ${length} bytes; download it again`,
        { file: this.path, offset },
      );
    }
    const bytes = Buffer.allocUnsafeSlow(length);
    this.readInto(bytes, offset, what);
    return bytes;
  }

  /** Fills `target` from `offset` on. */
  readInto(target: Uint8Array, offset: number, what: string): void {
    let done = 0;
    while (done < target.length) {
      const wanted = Math.min(READ_LIMIT, target.length - done);
      const got = readSync(this.#fd, target, done, wanted, offset + done);
      if (got === 0) {
        throw new FormatError(`File ends inside ${what}; it changed or was cut while being read`, {
          file: this.path,
          offset: offset + done,
        });
      }
      done += got;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
