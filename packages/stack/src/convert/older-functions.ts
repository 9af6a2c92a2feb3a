/** `functions` and `function_call`, the form that calls had before `tools`. */
import type { WireMessage } from "../api/chat-messages.ts";
import type { ChatRequest } from "../api/chat-request.ts";
import { HttpError } from "../http/http-error.ts";

/** A request in today's form; one call is made at a time, as the older form has place for no more. */
export function withTools(request: ChatRequest): ChatRequest {
  const { functions, function_call: choice, ...rest } = request;
  if (functions == null && choice == null) return request;
  for (const name of ["tools", "tool_choice", "parallel_tool_calls"] as const) {
    if (request[name] == null) continue;
    throw new HttpError(400, `functions and ${name} are of two forms of one thing; give tools alone`, {
      param: name,
    });
  }
  if (functions == null || functions.length === 0) {
    throw new HttpError(400, "function_call needs functions", { param: "function_call" });
  }
  return {
    ...rest,
    tools: functions.map((each) => ({ type: "function", function: each })),
    parallel_tool_calls: false,
    ...(choice != null && {
      tool_choice: typeof choice === "string" ? choice : { type: "function", function: choice },
    }),
  };
}

/** Messages in today's form: calls get ids, and what they gave answers the last call of its name. */
export function withToolCalls(messages: readonly WireMessage[]): WireMessage[] {
  const ids = new Map<string, string>();
  return messages.map((message, index): WireMessage => {
    const param = `messages[${index}]`;
    if (message.role === "assistant" && message.function_call != null) {
      const { function_call: call, ...rest } = message;
      if (rest.tool_calls != null) {
        throw new HttpError(400, `${param} has tool_calls and function_call; give one`, { param });
      }
      const id = `call_${index}`;
      ids.set(call.name, id);
      return { ...rest, tool_calls: [{ id, type: "function", function: call }] };
    }
    if (message.role !== "function") return message;
    const id = ids.get(message.name);
    if (id === undefined) {
      throw new HttpError(400, `${param}.name: There is no call of ${message.name} before it`, {
        param: `${param}.name`,
      });
    }
    return { role: "tool", tool_call_id: id, content: message.content ?? "" };
  });
}
