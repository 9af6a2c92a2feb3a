import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkIndexName,
  type IndexedDocument,
  type IndexStorage,
  type IndexVersion,
  noVersion,
} from "./index-storage.ts";

const staleMs = 3_600_000;

/** An index in a folder: `documents/KEY.json`, `versions/N.json` and `current`. Each file appears whole or not at all. */
export class IndexFiles implements IndexStorage {
  readonly folder: string;

  constructor(root: string, name: string) {
    checkIndexName(name);
    this.folder = join(root, name);
  }

  get place(): string {
    return this.folder;
  }

  /** Makes the folders; what a killed process had half written, an hour ago or before, goes. */
  create(): void {
    for (const name of ["documents", "versions"]) {
      const folder = join(this.folder, name);
      mkdirSync(folder, { recursive: true });
      for (const each of readdirSync(folder)) {
        const path = join(folder, each);
        if (!/\.json\.[0-9a-f]{12}$/.test(each)) continue;
        const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
        if (age > staleMs) rmSync(path, { force: true });
      }
    }
  }

  readDocument(key: string): IndexedDocument | null {
    return this.#read(join("documents", `${key}.json`)) as IndexedDocument | null;
  }

  writeDocument(key: string, document: IndexedDocument): void {
    this.#write(join("documents", `${key}.json`), JSON.stringify(document));
  }

  /** Numbers of the versions, the newest last. */
  versions(): number[] {
    try {
      const names = readdirSync(join(this.folder, "versions")).filter((name) => /^\d+\.json$/.test(name));
      return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  readVersion(version: number): IndexVersion {
    const found = this.#read(join("versions", `${version}.json`));
    if (found === null) throw noVersion(version, this.versions());
    return found as IndexVersion;
  }

  /** Number of the version that is searched; null before the first. */
  current(): number | null {
    return this.#read("current") as number | null;
  }

  writeVersion(version: IndexVersion): void {
    this.#write(join("versions", `${version.version}.json`), JSON.stringify(version, null, 1));
    this.setCurrent(version.version);
  }

  /** Makes an earlier or later version the one that is searched. */
  setCurrent(version: number): void {
    this.readVersion(version);
    this.#write("current", String(version));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #read(name: string): unknown {
    const path = join(this.folder, name);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new SyntaxError(`${path} is damaged; delete it and ingest the folder again`, { cause: error });
    }
  }

  #write(name: string, text: string): void {
    const path = join(this.folder, name);
    const temporary = `${path}.${randomBytes(6).toString("hex")}`;
    writeFileSync(temporary, text, { flush: true });
    renameSync(temporary, path);
  }
}
