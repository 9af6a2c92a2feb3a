import { Decompress } from "fzstd";

/** Largest piece that is handed on. */
const pieceBytes = 1 << 20;
const frameMagic = 0xfd2fb528;

type Part = "magic" | "descriptor" | "header" | "block-header" | "block" | "checksum" | "skip-size" | "skip";

/**
 * Unpacks Zstandard (RFC 8878) as it comes. Finds the ends of frames itself, since files hold several and the library
 * takes one; passes over skippable frames.
 */
export class ZstdFrames {
  readonly #ready: Uint8Array[] = [];
  #frame: Decompress | null = null;
  #ended: Decompress | null = null;
  #part: Part = "magic";
  /** Bytes still to come of the current part, and those of it that must be looked at. */
  #left = 4;
  #seen: number[] = [];
  #descriptor = 0;
  #isLastBlock = false;

  /** Takes packed bytes; returns what they unpack to. */
  push(chunk: Uint8Array): Uint8Array[] {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      const step = Math.min(this.#left, chunk.length - at);
      if (this.#part !== "block" && this.#part !== "skip") this.#seen.push(...chunk.subarray(at, at + step));
      at += step;
      this.#left -= step;
      if (this.#left > 0) break;
      const isInFrame = this.#frame !== null;
      this.#next();
      if (isInFrame && this.#frame === null) {
        // The frame ended here.
        this.#ended!.push(chunk.subarray(from, at), true);
        from = at;
      } else if (this.#frame === null) from = at;
      else if (!isInFrame) {
        // The magic number may lie in an earlier chunk.
        this.#frame.push(magicBytes);
        from = at;
      }
    }
    if (this.#frame !== null && from < chunk.length) this.#frame.push(chunk.subarray(from));
    return this.#ready.splice(0);
  }

  /** Throws where the last frame is not whole. */
  finish(): void {
    if (this.#part !== "magic" || this.#seen.length > 0)
      throw new RangeError("Zstandard data ends within a frame: the file is cut off");
  }

  #next(): void {
    const value = this.#seen.reduceRight((sum, byte) => sum * 256 + byte, 0);
    this.#seen = [];
    this.#steps[this.#part](value);
  }

  readonly #steps: { readonly [P in Part]: (value: number) => void } = {
    magic: (value) => {
      if (value === frameMagic) {
        this.#frame = new Decompress((data) => {
          // The library goes on writing into the buffer that it shows.
          for (let i = 0; i < data.length; i += pieceBytes) this.#ready.push(data.slice(i, i + pieceBytes));
        });
        this.#expect("descriptor", 1);
        // The last four bits of the magic number of a skippable frame are free.
      } else if (value - (value % 16) === 0x184d2a50) this.#expect("skip-size", 4);
      else throw new RangeError("Not Zstandard data: no frame begins where one should");
    },
    descriptor: (value) => {
      this.#descriptor = value;
      const isSingle = (value & 32) !== 0;
      const contentSize = [isSingle ? 1 : 0, 2, 4, 8][value >> 6]!;
      const size = (isSingle ? 0 : 1) + [0, 1, 2, 4][value & 3]! + contentSize;
      this.#expect("header", size);
    },
    header: () => this.#expect("block-header", 3),
    "block-header": (value) => {
      this.#isLastBlock = (value & 1) === 1;
      // A block of one repeated byte holds that byte only.
      const size = ((value >> 1) & 3) === 1 ? 1 : value >> 3;
      if (size > 0) this.#expect("block", size);
      else this.#endBlock();
    },
    block: () => this.#endBlock(),
    checksum: () => this.#endFrame(),
    "skip-size": (value) => this.#expect(value === 0 ? "magic" : "skip", value === 0 ? 4 : value),
    skip: () => this.#expect("magic", 4),
  };

  #expect(part: Part, count: number): void {
    this.#part = part;
    this.#left = count;
  }

  #endBlock(): void {
    if (!this.#isLastBlock) this.#expect("block-header", 3);
    else if ((this.#descriptor & 4) !== 0) this.#expect("checksum", 4);
    else this.#endFrame();
  }

  #endFrame(): void {
    this.#ended = this.#frame;
    this.#frame = null;
    this.#expect("magic", 4);
  }
}

const magicBytes = new Uint8Array([0x28, 0xb5, 0x2f, 0xfd]);
