import type { Attachment } from "./conversation.ts";

/** Bytes of a file at most: what no context holds is not read. */
export const maxAttachmentBytes: number = 2_000_000;

/** Why a file cannot go with a message. */
export type AttachmentProblem = "tooLarge" | "notText";

/** Reads a text file; binary files and those that are not UTF-8 are a problem. */
export async function readAttachment(file: File): Promise<Attachment | AttachmentProblem> {
  if (file.size > maxAttachmentBytes) return "tooLarge";
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? "notText" : { name: file.name, text };
  } catch {
    return "notText";
  }
}
