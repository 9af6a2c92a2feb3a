import type { Degradation } from "@llamero/kernels";
import type { ToolDefinition } from "./message.ts";

/** How to render a conversation. */
export interface RenderOptions {
  tools?: readonly ToolDefinition[] | undefined;
  /** Names of built-in tools to offer; formats without them leave them out. */
  builtinTools?: readonly string[] | undefined;
  /** End with the header of the assistant's next message; default true. */
  addGenerationPrompt?: boolean | undefined;
  /** Date to tell the model; default: the format's own, which may be a fixed one. */
  now?: Date | undefined;
  /** Follow the published template of the format even where it loses something, for comparing; default false. */
  isStrict?: boolean | undefined;
  /** Told of anything that could not be rendered exactly. */
  onDegraded?: ((degradation: Degradation) => void) | undefined;
}
