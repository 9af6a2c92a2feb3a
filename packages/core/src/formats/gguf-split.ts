import { join, parse } from "node:path";
import type { TensorInfo } from "./checkpoint.ts";
import { FormatError } from "./format-error.ts";
import type { GgufFile } from "./gguf.ts";
import { readGguf } from "./gguf.ts";

const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/;

/**
 * Reads a GGUF file and, when it is one of a set (gguf-split: split.count, name-00001-of-00003.gguf),
 * the tensors of all parts. Metadata is that of the first part.
 */
export function readSplitGguf(path: string): GgufFile {
  const file = readGguf(path);
  const count = file.metadata.get("split.count")?.value;
  if (typeof count !== "number" || count <= 1) return file;
  const { dir, base } = parse(path);
  const match = PART.exec(base);
  if (match === null || Number(match[3]) !== count) {
    const problem = `File is one of ${count} parts but is not named name-00001-of-${String(count).padStart(5, "0")}.gguf`;
    throw new FormatError(problem, { file: path });
  }
  const parts: GgufFile[] = [];
  for (let i = 1; i <= count; i++) {
    const name = `${match[1]}-${String(i).padStart(5, "0")}-of-${match[3]}.gguf`;
    parts.push(name === base ? file : readGguf(join(dir, name)));
  }
  const tensors = new Map<string, TensorInfo>();
  for (const part of parts) {
    for (const [name, tensor] of part.tensors) {
      if (tensors.has(name))
        throw new FormatError("Tensor is in two parts", { file: part.path, tensor: name });
      tensors.set(name, tensor);
    }
  }
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { ...parts[0]!, path, sizeBytes, tensors };
}
