import type { ResponseEvent } from "./api/responses-events.ts";
import type { OutputItem, OutputPart } from "./api/responses-items.ts";
import type { ResponseObject } from "./api/responses-object.ts";

/**
 * What a client that only adds up deltas has at the end of a stream; throws where an event does not fit those before
 * it. Of the last event it takes all but the output.
 */
export function foldResponse(events: readonly ResponseEvent[]): ResponseObject {
  let response: ResponseObject | null = null;
  const output: OutputItem[] = [];
  const expect = (isSo: boolean, event: ResponseEvent): void => {
    if (!isSo) throw new TypeError(`Event ${event.sequence_number} does not fit: ${JSON.stringify(event)}`);
  };
  const partOf = (event: { output_index: number; content_index: number; item_id: string }): OutputPart => {
    const item = output[event.output_index];
    if (item?.type !== "message" || item.id !== event.item_id) throw new TypeError("No such message");
    const part = item.content[event.content_index];
    if (part === undefined) throw new TypeError("No such part");
    return part;
  };
  events.forEach((event, at) => {
    expect(event.sequence_number === at, event);
    switch (event.type) {
      case "response.created":
        expect(at === 0 && event.response.output.length === 0, event);
        response = event.response;
        break;
      case "response.queued":
      case "response.in_progress":
        expect(response?.id === event.response.id && output.length === 0, event);
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        expect(at === events.length - 1, event);
        response = event.response;
        break;
      case "response.output_item.added":
        expect(event.output_index === output.length, event);
        // Lists of tools and questions have no status.
        expect(["in_progress", null, undefined].includes(event.item.status), event);
        output.push(structuredClone(event.item));
        break;
      case "response.content_part.added": {
        const item = output[event.output_index];
        if (item?.type !== "message") throw new TypeError("No such message");
        expect(item.id === event.item_id && item.content.length === event.content_index, event);
        item.content.push(structuredClone(event.part));
        break;
      }
      case "response.output_text.delta": {
        const part = partOf(event);
        if (part.type !== "output_text") throw new TypeError("No text");
        part.text += event.delta;
        part.logprobs.push(...event.logprobs);
        break;
      }
      case "response.refusal.delta": {
        const part = partOf(event);
        if (part.type !== "refusal") throw new TypeError("No refusal");
        part.refusal += event.delta;
        break;
      }
      case "response.output_text.annotation.added": {
        const part = partOf(event);
        if (part.type !== "output_text") throw new TypeError("No text");
        expect(part.annotations.length === event.annotation_index, event);
        part.annotations.push(event.annotation);
        break;
      }
      case "response.output_text.done": {
        const part = partOf(event);
        expect(part.type === "output_text" && part.text === event.text, event);
        break;
      }
      case "response.refusal.done": {
        const part = partOf(event);
        expect(part.type === "refusal" && part.refusal === event.refusal, event);
        break;
      }
      case "response.content_part.done":
        expect(JSON.stringify(partOf(event)) === JSON.stringify(event.part), event);
        break;
      case "response.function_call_arguments.delta":
      case "response.function_call_arguments.done": {
        const item = output[event.output_index];
        if (item?.type !== "function_call" || item.id !== event.item_id) throw new TypeError("No such call");
        if (event.type === "response.function_call_arguments.delta") item.arguments += event.delta;
        else expect(item.arguments === event.arguments && item.name === event.name, event);
        break;
      }
      case "response.output_item.done": {
        const item = output[event.output_index]!;
        if (item.type !== "message" && item.type !== "function_call") {
          // Nothing is added up: the last form is the whole.
          expect(item.id === event.item.id, event);
          output[event.output_index] = structuredClone(event.item);
          break;
        }
        item.status = (event.item as typeof item).status;
        expect(JSON.stringify(item) === JSON.stringify(event.item), event);
        break;
      }
      case "response.mcp_call_arguments.delta":
      case "response.mcp_call_arguments.done":
      case "response.code_interpreter_call_code.delta":
      case "response.code_interpreter_call_code.done":
        expect(output[event.output_index]?.id === event.item_id, event);
        break;
      default:
        // A stage of a tool of the server.
        expect(output[event.output_index]?.id === event.item_id, event);
    }
  });
  if (response === null) throw new TypeError("There was no response");
  return { ...(response as ResponseObject), output };
}
