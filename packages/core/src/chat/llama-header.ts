import type { PromptBuilder } from "./prompt-builder.ts";

/** Header of a Llama 3 message; its newlines are a token of their own. */
export function writeHeader(prompt: PromptBuilder, role: string): void {
  prompt.special("<|start_header_id|>").text(role, "template").special("<|end_header_id|>");
  prompt.text("\n\n", "template").cut();
}
