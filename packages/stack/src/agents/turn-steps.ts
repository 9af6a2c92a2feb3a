import type { AgentStep, AgentToolCall, AgentToolResponse, CompletionMessage } from "../api/agents.ts";
import type { OutputItem } from "../api/responses-items.ts";

/** Output of a response as the steps of a turn; ids of steps are those of their first items. */
export function toSteps(
  output: readonly OutputItem[],
  place: Omit<AgentStep & { step_type: "inference" }, "step_type" | "model_response" | "step_id">,
): AgentStep[] {
  const steps: AgentStep[] = [];
  const names = new Map<string, string>();
  const inference = (id: string): CompletionMessage => {
    const last = steps.at(-1);
    if (last?.step_type === "inference") return last.model_response;
    const message: CompletionMessage = {
      role: "assistant",
      content: "",
      stop_reason: "end_of_turn",
      tool_calls: [],
    };
    steps.push({ ...place, step_type: "inference", step_id: `step_${id}`, model_response: message });
    return message;
  };
  const execution = (id: string, call: AgentToolCall, response: AgentToolResponse): void => {
    const last = steps.at(-1);
    if (last?.step_type === "tool_execution") {
      last.tool_calls.push(call);
      last.tool_responses.push(response);
    } else {
      steps.push({
        ...place,
        step_type: "tool_execution",
        step_id: `step_${id}`,
        tool_calls: [call],
        tool_responses: [response],
      });
    }
  };
  for (const item of output) {
    switch (item.type) {
      case "message": {
        const message = inference(item.id);
        message.content += item.content
          .map((part) => (part.type === "refusal" ? part.refusal : part.text))
          .join("");
        if (item.status === "incomplete") message.stop_reason = "out_of_tokens";
        break;
      }
      case "function_call":
        names.set(item.call_id, item.name);
        addCall(inference(item.id), toCall(item.call_id, item.name, item.arguments));
        break;
      case "function_call_output": {
        const tool = names.get(item.call_id) ?? "";
        const content =
          typeof item.output === "string" ? item.output : item.output.map(({ text }) => text).join("");
        execution(item.id, toCall(item.call_id, tool, "{}"), {
          call_id: item.call_id,
          tool_name: tool,
          content,
        });
        break;
      }
      case "mcp_call":
        execution(item.id, toCall(item.id, item.name, item.arguments), {
          call_id: item.id,
          tool_name: item.name,
          content: item.error ?? item.output ?? "",
        });
        break;
      case "file_search_call":
      case "web_search_call":
      case "code_interpreter_call": {
        const name = item.type.replace(/_call$/, "");
        const content =
          item.type === "code_interpreter_call"
            ? (item.outputs ?? []).map(({ logs }) => logs).join("")
            : item.status;
        execution(item.id, toCall(item.id, name, "{}"), { call_id: item.id, tool_name: name, content });
        break;
      }
      case "mcp_list_tools":
      case "mcp_approval_request":
        break;
      default:
        item satisfies never;
    }
  }
  return steps;
}

/** An answer with calls is no end of the turn. */
function addCall(message: CompletionMessage, call: AgentToolCall): void {
  message.tool_calls.push(call);
  if (message.stop_reason === "end_of_turn") message.stop_reason = "end_of_message";
}

const toCall = (call_id: string, tool_name: string, text: string): AgentToolCall => ({
  call_id,
  tool_name,
  arguments: text,
});
