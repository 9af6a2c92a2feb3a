import type { GeneratePart } from "@llamero/core";

/** The last part of a generation. */
export type FinishPart = Extract<GeneratePart, { type: "finish" }>;

/** Hands out the text as it comes; returns the last part. */
export async function streamAnswer(
  parts: AsyncIterable<GeneratePart>,
  write: ((text: string) => void) | null,
): Promise<FinishPart> {
  let finish: FinishPart | null = null;
  for await (const part of parts) {
    if (part.type === "text-delta") write?.(part.text);
    else if (part.type === "finish") finish = part;
  }
  if (finish === null) throw new Error("The generation ended without its last part");
  return finish;
}
