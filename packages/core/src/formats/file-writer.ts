import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Replaces bytes of a file in place. */
export function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const fd = openSync(path, "r+");
  try {
    writeSync(fd, bytes, 0, bytes.length, offset);
  } finally {
    closeSync(fd);
  }
}

/** Writes a file front to back under a temporary name; it takes its own name only when complete. */
export class FileWriter {
  readonly #path: string;
  readonly #partial: string;
  readonly #fd: number;
  #offset = 0;
  #isOpen = true;

  constructor(path: string) {
    this.#path = path;
    this.#partial = `${path}.partial`;
    this.#fd = openSync(this.#partial, "w");
  }

  get offset(): number {
    return this.#offset;
  }

  write(bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(2 ** 30, bytes.length - done);
      const count = writeSync(this.#fd, bytes, done, length, this.#offset);
      done += count;
      this.#offset += count;
    }
  }

  /** Zero bytes up to a multiple of `alignment`. */
  pad(alignment: number): void {
    this.write(new Uint8Array((alignment - (this.#offset % alignment)) % alignment));
  }

  finish(): void {
    this.#isOpen = false;
    closeSync(this.#fd);
    renameSync(this.#partial, this.#path);
  }

  /** Without `finish` nothing stays behind. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    closeSync(this.#fd);
    rmSync(this.#partial, { force: true });
  }
}
