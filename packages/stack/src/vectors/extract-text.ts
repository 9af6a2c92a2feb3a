import { processFile } from "../rag/processors/process-file.ts";

export { UnsupportedFileError } from "../rag/processors/processed.ts";

/** The text of a file of any kind that a processor reads. */
export async function extractText(bytes: Uint8Array, filename: string): Promise<string> {
  return (await processFile(bytes, filename)).text;
}
