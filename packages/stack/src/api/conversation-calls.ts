/**
 * Fields of items of tools that the server does not have (computer, shell, patches, images, custom tools): conversations
 * keep them and give them back, and a response over them is refused by name.
 */
import { z } from "zod";
import { resultPartSchema } from "./conversation-parts.ts";
import { conversationToolSchema } from "./conversation-tools.ts";
import type { Json } from "./json.ts";

const id = z.string().min(1).max(200);
const text = z.string();
const json = z.json() as z.ZodType<Json>;
const type = <T extends string>(name: T): z.ZodLiteral<T> => z.literal(name);
const keys = z.array(text).nullish();
const at = { x: z.int(), y: z.int() };

/** Who made an item, as OpenAI's answers have it. */
const createdBy = { created_by: text.optional() };

const computerAction = z.discriminatedUnion("type", [
  z.strictObject({
    type: type("click"),
    button: z.enum(["left", "right", "wheel", "back", "forward"]),
    ...at,
    keys,
  }),
  z.strictObject({ type: type("double_click"), ...at, keys }),
  z.strictObject({ type: type("drag"), path: z.array(z.strictObject(at)), keys }),
  z.strictObject({ type: type("keypress"), keys: z.array(text) }),
  z.strictObject({ type: type("move"), ...at, keys }),
  z.strictObject({ type: type("screenshot") }),
  z.strictObject({ type: type("scroll"), ...at, scroll_x: z.int(), scroll_y: z.int(), keys }),
  z.strictObject({ type: type("type"), text }),
  z.strictObject({ type: type("wait") }),
]);

const safetyChecks = z.array(z.strictObject({ id: text, code: text.nullish(), message: text.nullish() }));

const execution = z.enum(["server", "client"]).optional();
const toolSearch = { call_id: id.nullish(), execution, ...createdBy };

/** Types of items of tools that the server does not have. */
export type ForeignCallType =
  | "computer_call"
  | "computer_call_output"
  | "image_generation_call"
  | "tool_search_call"
  | "tool_search_output"
  | "compaction"
  | "local_shell_call"
  | "local_shell_call_output"
  | "shell_call"
  | "shell_call_output"
  | "apply_patch_call"
  | "apply_patch_call_output"
  | "custom_tool_call"
  | "custom_tool_call_output";

/** Fields of each type but `id`, `type` and `status`. */
export const foreignCallFields: Readonly<Record<ForeignCallType, z.ZodRawShape>> = {
  computer_call: {
    call_id: id,
    action: computerAction.optional(),
    actions: z.array(computerAction).optional(),
    pending_safety_checks: safetyChecks,
  },
  computer_call_output: {
    call_id: id,
    output: z.strictObject({
      type: type("computer_screenshot"),
      image_url: text.nullish(),
      file_id: text.nullish(),
    }),
    acknowledged_safety_checks: safetyChecks.nullish(),
    ...createdBy,
  },
  image_generation_call: { result: text.nullable() },
  tool_search_call: { arguments: json, ...toolSearch },
  tool_search_output: { tools: z.array(conversationToolSchema), ...toolSearch },
  compaction: { encrypted_content: text, ...createdBy },
  local_shell_call: {
    call_id: id,
    action: z.strictObject({
      type: type("exec"),
      command: z.array(text),
      env: z.record(text, text),
      timeout_ms: z.int().nullish(),
      working_directory: text.nullish(),
      user: text.nullish(),
    }),
  },
  local_shell_call_output: { call_id: id.optional(), output: text },
  shell_call: {
    call_id: id,
    action: z.strictObject({
      commands: z.array(text),
      timeout_ms: z.int().nullish(),
      max_output_length: z.int().nullish(),
    }),
    environment: z
      .discriminatedUnion("type", [
        z.strictObject({
          type: type("local"),
          skills: z.array(z.record(text, json)).optional(),
        }),
        z.strictObject({ type: type("container_reference"), container_id: text }),
      ])
      .nullish(),
    ...createdBy,
  },
  shell_call_output: {
    call_id: id,
    output: z.array(
      z.strictObject({
        stdout: text,
        stderr: text,
        outcome: z.discriminatedUnion("type", [
          z.strictObject({ type: type("timeout") }),
          z.strictObject({ type: type("exit"), exit_code: z.int() }),
        ]),
        ...createdBy,
      }),
    ),
    max_output_length: z.int().nullish(),
    ...createdBy,
  },
  apply_patch_call: {
    call_id: id,
    operation: z.discriminatedUnion("type", [
      z.strictObject({ type: type("create_file"), path: text, diff: text }),
      z.strictObject({ type: type("delete_file"), path: text }),
      z.strictObject({ type: type("update_file"), path: text, diff: text }),
    ]),
    ...createdBy,
  },
  apply_patch_call_output: { call_id: id, output: text.nullish(), ...createdBy },
  custom_tool_call: { call_id: id, name: text, input: text, namespace: text.nullish(), ...createdBy },
  custom_tool_call_output: {
    call_id: id,
    output: z.union([text, z.array(resultPartSchema)]),
    ...createdBy,
  },
};

/** What the ids of each type begin with. */
export const foreignCallPrefixes: Readonly<Record<ForeignCallType, string>> = {
  computer_call: "cu_",
  computer_call_output: "cuo_",
  image_generation_call: "ig_",
  tool_search_call: "tsc_",
  tool_search_output: "tso_",
  compaction: "cmp_",
  local_shell_call: "lsh_",
  local_shell_call_output: "lsho_",
  shell_call: "sh_",
  shell_call_output: "sho_",
  apply_patch_call: "apc_",
  apply_patch_call_output: "apco_",
  custom_tool_call: "ctc_",
  custom_tool_call_output: "ctco_",
};
