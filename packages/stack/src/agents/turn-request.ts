import type { AgentConfig, AgentMessage, ClientToolDef, ToolGroup } from "../api/agents.ts";
import type { Json } from "../api/json.ts";
import type { ItemParam } from "../api/responses-items.ts";
import type { FunctionTool, ResponseRequest, ResponseTool } from "../api/responses-request.ts";
import { HttpError } from "../http/http-error.ts";

/** The response that a turn of an agent asks for. */
export function turnRequest(
  config: AgentConfig,
  input: ItemParam[],
  { previous, groups }: { previous: string | null; groups: readonly ToolGroup[] },
): ResponseRequest {
  const { sampling_params: sampling, client_tools: functions } = config;
  const { strategy, max_tokens: maxTokens } = sampling ?? {};
  const choice = config.tool_choice ?? config.tool_config?.tool_choice;
  const temperature = strategy?.type === "greedy" ? 0 : strategy?.temperature;
  return {
    model: config.model,
    input,
    store: true,
    tools: [...groups.map(toTool), ...(functions ?? []).map(toFunction)],
    ...(config.instructions !== undefined && { instructions: config.instructions }),
    ...(previous !== null && { previous_response_id: previous }),
    ...(temperature != null && { temperature }),
    ...(strategy?.top_p != null && { top_p: strategy.top_p }),
    ...(maxTokens != null && { max_output_tokens: maxTokens }),
    ...(choice != null && { tool_choice: choice }),
    ...(config.max_infer_iters != null && { max_infer_iters: config.max_infer_iters }),
  };
}

/** Messages of a turn as items. */
export function turnInput(messages: readonly AgentMessage[]): ItemParam[] {
  return messages.map(({ role, content }, at) => {
    if (role !== "tool") return { role, content };
    throw new HttpError(400, `messages[${at}].role: Results of tools go to the resume of their turn`, {
      param: `messages[${at}].role`,
      code: "invalid_value",
    });
  });
}

const builtIn: Readonly<Record<string, ResponseTool>> = {
  "builtin::websearch": { type: "web_search" },
  "builtin::code_interpreter": { type: "code_interpreter" },
  "builtin::calculator": { type: "calculator" },
};

function toTool(group: ToolGroup): ResponseTool {
  const { name, args }: { name: string; args: Record<string, Json> } =
    typeof group === "string" ? { name: group, args: {} } : group;
  if (Object.hasOwn(builtIn, name)) return builtIn[name]!;
  if (name.startsWith("mcp::")) {
    const label = name.slice("mcp::".length);
    return { type: "mcp", server_label: label, connector_id: label };
  }
  if (/^builtin::(file_search|rag)(\/|$)/.test(name)) {
    const ids = args["vector_store_ids"] ?? args["vector_db_ids"];
    if (Array.isArray(ids) && ids.length > 0)
      return { type: "file_search", vector_store_ids: ids.map(String) };
    throw refused(`${name} needs args.vector_store_ids`);
  }
  const known = [...Object.keys(builtIn), "builtin::file_search", "mcp::LABEL"].join(", ");
  throw refused(`There is no tool group ${name.slice(0, 100)}; there is ${known}`);
}

const refused = (message: string): HttpError =>
  new HttpError(400, `toolgroups: ${message}`, { param: "toolgroups", code: "invalid_value" });

const types: ReadonlySet<string> = new Set(["string", "number", "integer", "boolean", "array", "object"]);

function toFunction({ name, description, parameters }: ClientToolDef): FunctionTool {
  const all = parameters ?? [];
  const properties = all.map(
    ({ name: each, parameter_type: type = "string", description: about }): [string, Json] => [
      each,
      { ...(types.has(type) && { type }), ...(about != null && { description: about }) },
    ],
  );
  const required = all.filter(({ required: is = true }) => is).map((each) => each.name);
  return {
    type: "function",
    name,
    description: description ?? null,
    parameters: { type: "object", properties: Object.fromEntries(properties), required },
  };
}
