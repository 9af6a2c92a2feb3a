import type { IncomingMessage } from "node:http";
import { partBytes } from "../store/migrations.ts";
import { partStamp } from "../store/statements.ts";
import type { Store, StoreWrite } from "../store/store.ts";
import { HttpError } from "./http-error.ts";
import { boundaryOf, type FormEvent, MultipartParser } from "./multipart.ts";
import { readChunks } from "./read-body.ts";

/** A file whose bytes lie in the store already; as a `File` it is empty. */
export class StoredUpload extends File {
  readonly id: string;
  readonly sizeBytes: number;

  constructor(name: string, id: string, sizeBytes: number) {
    super([], name);
    this.id = id;
    this.sizeBytes = sizeBytes;
  }

  /** What makes its bytes those of the id. */
  get keep(): StoreWrite {
    const { id, sizeBytes } = this;
    if (sizeBytes === 0) return { write: "putBytes", id, bytes: new Uint8Array(0) };
    return { write: "completeParts", id, sizeBytes };
  }
}

/** Puts what it is given into the store, a part at a time. */
class PartWriter {
  readonly id: string;
  sizeBytes = 0;
  readonly #store: Store;
  readonly #stamp = partStamp(Date.now());
  #part = 0;
  #chunks: Buffer[] = [];
  #held = 0;

  constructor(store: Store, id: string) {
    this.#store = store;
    this.id = id;
  }

  async push(bytes: Buffer): Promise<void> {
    this.sizeBytes += bytes.length;
    for (let from = 0; from < bytes.length; ) {
      const piece = bytes.subarray(from, from + partBytes - this.#held);
      from += piece.length;
      this.#chunks.push(piece);
      this.#held += piece.length;
      if (this.#held === partBytes) await this.flush();
    }
  }

  async flush(): Promise<void> {
    if (this.#held === 0) return;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#held = 0;
    await this.#store.write({ write: "putPart", id: this.id, stamp: this.#stamp, part: this.#part++, bytes });
  }
}

/** Where the file of a form goes. */
export interface UploadTarget {
  store: Store;
  /** The name of its field; no other may be a file. */
  field: string;
  newId(): string;
}

/**
 * Reads a form whose file goes into the store as it comes, so that no more than a part of it is in memory. `read` makes
 * the form a value; when that or anything before it fails, the store has nothing of the file.
 */
export async function readUpload<T>(
  incoming: IncomingMessage,
  maxBytes: number,
  { store, field, newId }: UploadTarget,
  read: (entries: readonly [string, string | File][]) => T,
): Promise<T> {
  const parser = new MultipartParser(boundaryOf(incoming.headers["content-type"] ?? ""));
  const entries: [string, string | File][] = [];
  let open: { writer: PartWriter; filename: string } | null = null;
  let isWritten: string | null = null;
  const take = async (event: FormEvent): Promise<void> => {
    switch (event.type) {
      case "field":
        entries.push([event.name, event.value]);
        return;
      case "file": {
        if (event.name !== field) {
          const name = event.name.slice(0, 100);
          const fields = { param: name, code: "unsupported_parameter" };
          throw new HttpError(400, `Unknown or unsupported field: ${name}`, fields);
        }
        if (isWritten !== null)
          throw new HttpError(400, `There are two files; send them one by one`, { param: field });
        const writer = new PartWriter(store, newId());
        isWritten = writer.id;
        open = { writer, filename: event.filename };
        return;
      }
      case "data":
        await open!.writer.push(event.bytes);
        return;
      case "file-end": {
        const { writer, filename } = open!;
        await writer.flush();
        entries.push([field, new StoredUpload(filename, writer.id, writer.sizeBytes)]);
        open = null;
        return;
      }
      default:
        event satisfies never;
    }
  };
  try {
    for await (const chunk of readChunks(incoming, maxBytes)) {
      for (const event of parser.push(chunk)) await take(event);
    }
    parser.end();
    return read(entries);
  } catch (error) {
    if (isWritten !== null) await discardUpload(store, isWritten);
    throw error;
  }
}

/** Takes the bytes of an upload out of the store. */
export function discardUpload(store: Store, id: string): Promise<void> {
  return store.write({ write: "deleteBytes", id });
}
