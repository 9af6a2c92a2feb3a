/** Reads a stream of bytes by counts and lines, and knows its offset. */
export class ByteReader {
  /** Bytes taken so far. */
  offset = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);
  #isDone = false;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#source = bytes[Symbol.asyncIterator]();
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** Up to `count` bytes; fewer only at the end. */
  async read(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let left = count;
    while (left > 0) {
      if (this.#held.length === 0 && !(await this.#more())) break;
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      parts.push(part);
    }
    this.offset += count - left;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Passes over `count` bytes without holding them. Returns how many there were. */
  async skip(count: number): Promise<number> {
    let left = count;
    while (left > 0) {
      if (this.#held.length === 0 && !(await this.#more())) break;
      const step = Math.min(left, this.#held.length);
      this.#held = this.#held.subarray(step);
      left -= step;
    }
    this.offset += count - left;
    return count - left;
  }

  /** The next line without its end; null at the end of the stream or where none ends within `limit` bytes. */
  async readLine(limit: number): Promise<string | null> {
    let from = 0;
    for (;;) {
      const end = this.#held.indexOf(10, from);
      if (end >= 0 && end <= limit) {
        const line = Buffer.from(await this.read(end + 1)).toString("latin1");
        return line.replace(/\r?\n$/, "");
      }
      if (this.#held.length > limit) return null;
      from = this.#held.length;
      if (!(await this.#more())) return null;
    }
  }

  /** Whether any byte is left. */
  async hasMore(): Promise<boolean> {
    return this.#held.length > 0 || (await this.#more());
  }

  async #more(): Promise<boolean> {
    if (this.#isDone) return false;
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done === true) {
        this.#isDone = true;
        return false;
      }
      if (value.length === 0) continue;
      this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
      return true;
    }
  }
}
