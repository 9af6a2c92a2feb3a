import type { ChatTokenizer } from "./chat-tokenizer.ts";
import type { Message, RenderedChat } from "./message.ts";
import { PromptBuilder } from "./prompt-builder.ts";
import type { RenderOptions } from "./render-options.ts";

const labels: Readonly<Record<Message["role"], string>> = {
  system: "",
  user: "User: ",
  assistant: "Assistant: ",
  tool: "Tool result: ",
};

/** Conversation as labelled paragraphs, for models without a chat format such as base models. */
export function renderPlain(
  tokenizer: ChatTokenizer,
  messages: readonly Message[],
  options: RenderOptions = {},
): RenderedChat {
  options.onDegraded?.({
    what: "chat format",
    wanted: "the model's own",
    used: "plain paragraphs",
    why: "the model has neither a chat template nor Llama 3 header tokens; it is probably a base model",
  });
  const prompt = new PromptBuilder(tokenizer);
  if (tokenizer.bosId !== null) prompt.id(tokenizer.bosId);
  for (const message of messages) {
    const isTrained = message.role === "assistant" && message.trainable !== false;
    prompt
      .text(labels[message.role], "template")
      .text(message.content, message.role === "system" ? "system" : "messages", isTrained)
      .text("\n\n", "template", isTrained);
  }
  if (options.addGenerationPrompt !== false) prompt.text(labels.assistant.trimEnd(), "template");
  return prompt.build();
}
