/** The agents of the Llama Stack of 2024: agents, their sessions, and turns made of steps. */
import { z } from "zod";
import type { Json } from "./json.ts";

export interface ClientToolDef {
  name: string;
  description?: string | null | undefined;
  /** Taken from clients that send it; the format of calls is the model's own. */
  tool_prompt_format?: "json" | "function_tag" | "python_list" | null | undefined;
  metadata?: Record<string, Json> | null | undefined;
  parameters?:
    | {
        name: string;
        parameter_type?: string | undefined;
        description?: string | null | undefined;
        required?: boolean | undefined;
        default?: Json | undefined;
      }[]
    | null
    | undefined;
}

export type ToolGroup = string | { name: string; args: Record<string, Json> };

export interface AgentConfig {
  model: string;
  instructions?: string | undefined;
  name?: string | null | undefined;
  sampling_params?:
    | {
        strategy?:
          | {
              type: "greedy" | "top_p";
              temperature?: number | null | undefined;
              top_p?: number | null | undefined;
            }
          | undefined;
        max_tokens?: number | null | undefined;
      }
    | null
    | undefined;
  toolgroups?: ToolGroup[] | null | undefined;
  client_tools?: ClientToolDef[] | null | undefined;
  tool_config?: { tool_choice?: AgentConfig["tool_choice"] } | null | undefined;
  /** Empty: the policy of the server says which shields stand where. */
  input_shields?: never[] | null | undefined;
  output_shields?: never[] | null | undefined;
  tool_choice?: "auto" | "required" | "none" | null | undefined;
  max_infer_iters?: number | null | undefined;
  enable_session_persistence?: boolean | null | undefined;
}

export interface AgentObject {
  agent_id: string;
  agent_config: AgentConfig;
  created_at: string;
}

export interface AgentToolCall {
  call_id: string;
  tool_name: string;
  arguments: string;
}

export interface AgentToolResponse {
  call_id: string;
  tool_name: string;
  content: string;
}

/** A result of a tool as clients send it. */
export interface GivenToolResponse {
  call_id: string;
  tool_name: string;
  content: string | TextPart[];
  metadata?: Record<string, Json> | null | undefined;
}

interface TextPart {
  type: "text";
  text: string;
}

export interface AgentMessage {
  role: "user" | "system" | "assistant" | "tool";
  content: string;
}

export interface CompletionMessage {
  role: "assistant";
  content: string;
  stop_reason: "end_of_turn" | "end_of_message" | "out_of_tokens";
  tool_calls: AgentToolCall[];
}

interface StepFields {
  step_id: string;
  turn_id: string;
  started_at: string;
  completed_at: string;
}

export type AgentStep = StepFields &
  (
    | { step_type: "inference"; model_response: CompletionMessage }
    | { step_type: "tool_execution"; tool_calls: AgentToolCall[]; tool_responses: AgentToolResponse[] }
  );

export interface AgentTurn {
  turn_id: string;
  session_id: string;
  input_messages: AgentMessage[];
  steps: AgentStep[];
  output_message: CompletionMessage;
  output_attachments: never[];
  started_at: string;
  /** Null while the client has calls to answer, or somebody has to agree to some. */
  completed_at: string | null;
  /** Calls that wait for somebody to agree. */
  awaiting_approval: AgentToolCall[];
  /** Why it ended without an answer. */
  error?: { code: string; message: string } | undefined;
}

export interface AgentSession {
  session_id: string;
  session_name: string;
  turns: AgentTurn[];
  started_at: string;
}

export interface CreateTurnRequest {
  messages: AgentMessage[];
  stream?: boolean | null | undefined;
  toolgroups?: ToolGroup[] | null | undefined;
  /** Empty: texts go into a vector store, for the tool group file_search. */
  documents?: never[] | null | undefined;
}

export interface ResumeTurnRequest {
  tool_responses?: GivenToolResponse[] | undefined;
  approvals?: { call_id: string; approve: boolean }[] | undefined;
  stream?: boolean | null | undefined;
}

export type AgentTurnPayload =
  | { event_type: "turn_start"; turn_id: string }
  | { event_type: "step_start"; step_type: AgentStep["step_type"]; step_id: string }
  | {
      event_type: "step_progress";
      step_type: "inference";
      step_id: string;
      delta: { type: "text"; text: string };
    }
  | {
      event_type: "step_complete";
      step_type: AgentStep["step_type"];
      step_id: string;
      step_details: AgentStep;
    }
  | { event_type: "turn_complete" | "turn_awaiting_input"; turn: AgentTurn };

const text = z.string();
const json = z.json() as z.ZodType<Json>;
const object = z.record(text, json);
const toolGroup = z.union([z.string().min(1), z.strictObject({ name: z.string().min(1), args: object })]);
const name = z.string().regex(/^[\w.-]{1,64}$/, "A name has 1 to 64 letters, digits, _, . and -");

const toolChoice = z.enum(["auto", "required", "none"]);
const noShields = z
  .array(z.never(), "Agents have no shields of their own here; the policy of the server guards every turn")
  .nullish();

const configSchema: z.ZodType<AgentConfig> = z.strictObject({
  model: z.string().min(1),
  instructions: text.optional(),
  name: text.nullish(),
  sampling_params: z
    .strictObject({
      strategy: z
        .strictObject({
          type: z.enum(["greedy", "top_p"]),
          temperature: z.number().min(0).max(2).nullish(),
          top_p: z.number().min(0).max(1).nullish(),
        })
        .optional(),
      max_tokens: z.int().min(1).nullish(),
    })
    .nullish(),
  toolgroups: z.array(toolGroup).max(64).nullish(),
  client_tools: z
    .array(
      z.strictObject({
        name,
        description: text.nullish(),
        parameters: z
          .array(
            z.strictObject({
              name: text,
              parameter_type: text.optional(),
              description: text.nullish(),
              required: z.boolean().optional(),
              default: json.optional(),
            }),
          )
          .nullish(),
        tool_prompt_format: z.enum(["json", "function_tag", "python_list"]).nullish(),
        metadata: object.nullish(),
      }),
    )
    .max(128)
    .nullish(),
  tool_config: z.strictObject({ tool_choice: toolChoice.nullish() }).nullish(),
  input_shields: noShields,
  output_shields: noShields,
  tool_choice: toolChoice.nullish(),
  max_infer_iters: z.int().min(1).nullish(),
  enable_session_persistence: z.boolean().nullish(),
});

export const createAgentSchema: z.ZodType<{ agent_config: AgentConfig }> = z.strictObject({
  agent_config: configSchema,
});
export const agentSchema: z.ZodType<AgentObject> = z.strictObject({
  agent_id: text,
  agent_config: configSchema,
  created_at: text,
});
export const agentListSchema: z.ZodType<{ data: AgentObject[] }> = z.strictObject({
  data: z.array(agentSchema),
});
export const agentCreatedSchema: z.ZodType<{ agent_id: string }> = z.strictObject({ agent_id: text });

const message = z.strictObject({ role: z.enum(["user", "system", "assistant", "tool"]), content: text });
const toolCall = z.strictObject({ call_id: text, tool_name: text, arguments: text });
const toolResponse = z.strictObject({ call_id: text, tool_name: text, content: text });
const completion = z.strictObject({
  role: z.literal("assistant"),
  content: text,
  stop_reason: z.enum(["end_of_turn", "end_of_message", "out_of_tokens"]),
  tool_calls: z.array(toolCall),
});
const stepFields = { step_id: text, turn_id: text, started_at: text, completed_at: text };

export const agentStepSchema: z.ZodType<AgentStep> = z.discriminatedUnion("step_type", [
  z.strictObject({ ...stepFields, step_type: z.literal("inference"), model_response: completion }),
  z.strictObject({
    ...stepFields,
    step_type: z.literal("tool_execution"),
    tool_calls: z.array(toolCall),
    tool_responses: z.array(toolResponse),
  }),
]);

export const agentTurnSchema: z.ZodType<AgentTurn> = z.strictObject({
  turn_id: text,
  session_id: text,
  input_messages: z.array(message),
  steps: z.array(agentStepSchema),
  output_message: completion,
  output_attachments: z.array(z.never()),
  started_at: text,
  completed_at: text.nullable(),
  awaiting_approval: z.array(toolCall),
  error: z.strictObject({ code: text, message: text }).optional(),
});

export const createSessionSchema: z.ZodType<{ session_name: string }> = z.strictObject({
  session_name: z.string().min(1).max(500),
});
export const sessionCreatedSchema: z.ZodType<{ session_id: string }> = z.strictObject({ session_id: text });
export const agentSessionSchema: z.ZodType<AgentSession> = z.strictObject({
  session_id: text,
  session_name: text,
  turns: z.array(agentTurnSchema),
  started_at: text,
});
export const sessionListSchema: z.ZodType<{ data: AgentSession[] }> = z.strictObject({
  data: z.array(agentSessionSchema),
});

export const createTurnSchema: z.ZodType<CreateTurnRequest> = z.strictObject({
  messages: z.array(message).min(1).max(1000),
  stream: z.boolean().nullish(),
  toolgroups: z.array(toolGroup).max(64).nullish(),
  documents: z
    .array(z.never(), "Turns take no documents here; put them into a vector store for builtin::file_search")
    .nullish(),
});
export const resumeTurnSchema: z.ZodType<ResumeTurnRequest> = z.strictObject({
  tool_responses: z
    .array(
      z.strictObject({
        call_id: text,
        tool_name: text,
        content: z.union([text, z.array(z.strictObject({ type: z.literal("text"), text }))]),
        metadata: object.nullish(),
      }),
    )
    .optional(),
  approvals: z.array(z.strictObject({ call_id: text, approve: z.boolean() })).optional(),
  stream: z.boolean().nullish(),
});
export const stepAnswerSchema: z.ZodType<{ step: AgentStep }> = z.strictObject({ step: agentStepSchema });

const stepType = z.enum(["inference", "tool_execution"]);
const payload: z.ZodType<AgentTurnPayload> = z.discriminatedUnion("event_type", [
  z.strictObject({ event_type: z.literal("turn_start"), turn_id: text }),
  z.strictObject({ event_type: z.literal("step_start"), step_type: stepType, step_id: text }),
  z.strictObject({
    event_type: z.literal("step_progress"),
    step_type: z.literal("inference"),
    step_id: text,
    delta: z.strictObject({ type: z.literal("text"), text }),
  }),
  z.strictObject({
    event_type: z.literal("step_complete"),
    step_type: stepType,
    step_id: text,
    step_details: agentStepSchema,
  }),
  z.strictObject({ event_type: z.enum(["turn_complete", "turn_awaiting_input"]), turn: agentTurnSchema }),
]);

export const turnEventSchema: z.ZodType<{ event: { payload: AgentTurnPayload } }> = z.strictObject({
  event: z.strictObject({ payload }),
});
