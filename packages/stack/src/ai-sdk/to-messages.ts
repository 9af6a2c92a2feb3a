import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3Prompt,
  LanguageModelV3ToolResultOutput,
  SharedV3Warning,
} from "@ai-sdk/provider";
import type { JsonValue, Message, ToolCall } from "@llamero/core";

type AssistantParts = Extract<LanguageModelV3Message, { role: "assistant" }>["content"];

/** The AI SDK's prompt -> messages; what the model cannot be told is named in `warnings`. */
export function toMessages(prompt: LanguageModelV3Prompt, warnings: SharedV3Warning[]): Message[] {
  return prompt.flatMap((message): Message[] => {
    switch (message.role) {
      case "system":
        return [{ role: "system", content: message.content }];
      case "user":
        return [{ role: "user", content: message.content.map(toText).join("") }];
      case "assistant":
        return [toAssistant(message.content, warnings)];
      case "tool":
        return message.content.flatMap((part): Message[] => {
          // The SDK sends the result beside it.
          if (part.type === "tool-approval-response") return [];
          const { toolCallId, toolName: name, output } = part;
          return [{ role: "tool", toolCallId, name, content: toResultText(output) }];
        });
      default:
        return message satisfies never;
    }
  });
}

function toText(part: { type: "text"; text: string } | LanguageModelV3FilePart): string {
  if (part.type === "text") return part.text;
  throw new TypeError(`The model reads text only; the prompt has a file of ${part.mediaType}`);
}

function toAssistant(parts: AssistantParts, warnings: SharedV3Warning[]): Message {
  const texts: string[] = [];
  const toolCalls: ToolCall[] = [];
  for (const part of parts) {
    switch (part.type) {
      case "text":
        texts.push(part.text);
        break;
      case "tool-call":
        toolCalls.push({
          id: part.toolCallId,
          name: part.toolName,
          arguments: toArguments(part.input, part.toolName),
        });
        break;
      case "reasoning":
        warnings.push({
          type: "unsupported",
          feature: "reasoning",
          details: "The reasoning of an earlier answer is left out",
        });
        break;
      case "file":
        texts.push(toText(part));
        break;
      case "tool-result":
        throw new TypeError(
          `The result of ${part.toolName} is in a message of the assistant; no tool runs there`,
        );
      default:
        part satisfies never;
    }
  }
  const content = texts.join("");
  return toolCalls.length === 0 ? { role: "assistant", content } : { role: "assistant", content, toolCalls };
}

function toArguments(input: unknown, name: string): ToolCall["arguments"] {
  const value = typeof input === "string" ? (JSON.parse(input) as unknown) : input;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, JsonValue>;
  }
  throw new TypeError(`The input of a call of ${name} is ${JSON.stringify(value)}, not an object`);
}

function toResultText(output: LanguageModelV3ToolResultOutput): string {
  switch (output.type) {
    case "text":
    case "error-text":
      return output.value;
    case "json":
    case "error-json":
      return JSON.stringify(output.value);
    case "execution-denied":
      return `The call was denied${output.reason === undefined ? "" : `: ${output.reason}`}`;
    case "content":
      return output.value
        .map((part) => {
          if (part.type === "text") return part.text;
          throw new TypeError(`The model reads text only; the result of a tool has a part of ${part.type}`);
        })
        .join("");
    default:
      return output satisfies never;
  }
}
