import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Checkpoint } from "./checkpoint.ts";
import { FileBytes } from "./file-bytes.ts";
import { FormatError } from "./format-error.ts";
import { GGUF_MAGIC } from "./gguf.ts";
import { openGguf } from "./gguf-checkpoint.ts";
import { openHuggingFaceFolder, openSafetensors } from "./huggingface.ts";
import { openMeta } from "./meta.ts";

const ZIP_MAGIC = 0x04034b50;

function openFile(path: string): Checkpoint {
  let start: Buffer;
  {
    using file = new FileBytes(path);
    start = file.read(0, Math.min(file.sizeBytes, 9), "the file type");
  }
  const magic = start.length >= 4 ? start.readUInt32LE(0) : 0;
  if (magic === GGUF_MAGIC) return openGguf(path);
  // A safetensors file starts with the length of its JSON header.
  if (start[8] === 0x7b) return openSafetensors(path);
  if (magic === ZIP_MAGIC) return openMeta(dirname(path));
  throw new FormatError("Not a model file: expected GGUF, safetensors or Meta's consolidated.NN.pth", {
    file: path,
  });
}

function openFolder(path: string): Checkpoint {
  const names = readdirSync(path);
  const isHuggingFace = names.some(
    (name) => name.endsWith(".safetensors") || name.endsWith(".safetensors.index.json"),
  );
  if (isHuggingFace) return openHuggingFaceFolder(path);
  if (names.some((name) => name.endsWith(".pth")) && existsSync(join(path, "params.json")))
    return openMeta(path);
  const ggufs = names.filter((name) => name.endsWith(".gguf"));
  const isOneModel = ggufs.length === 1 || ggufs.every((name) => /-of-\d{5}\.gguf$/.test(name));
  if (ggufs.length > 0 && isOneModel) return openGguf(join(path, ggufs.sort()[0]!));
  const problem =
    ggufs.length > 1
      ? `Folder holds ${ggufs.length} GGUF files; name one of ${ggufs.slice(0, 5).join(", ")}`
      : "Folder holds no model: expected config.json with safetensors, or params.json with consolidated.NN.pth";
  throw new FormatError(problem, { file: path });
}

/**
 * Opens a model by what it contains: a GGUF or safetensors file, a Hugging Face folder or a Meta release.
 * Tensors stay in their files. Throws FormatError for anything damaged, incomplete or not a Llama model.
 */
export function openCheckpoint(path: string): Checkpoint {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new FormatError("No such file or folder", { file: path });
  return stat.isDirectory() ? openFolder(path) : openFile(path);
}
