import type { ToolCall } from "../message.ts";
import { pythonJson } from "../python-text.ts";

/** A tool call without its id. */
export type CallContent = Pick<ToolCall, "name" | "arguments">;

/** Tools that Llama 3.1 was trained to call by `NAME.call(query="...")`; `photogen` only by Meta's own products. */
export const queryToolNames: readonly string[] = ["brave_search", "wolfram_alpha", "photogen"];

/** The tool that is called by writing Python after the python tag. */
export const codeInterpreter = "code_interpreter";

/** Whether the name is a tool that the model knows without a definition. */
export function isBuiltinTool(name: string): boolean {
  return name === codeInterpreter || queryToolNames.includes(name);
}

/** Text of a call to a built-in tool, without the python tag. */
export function encodeBuiltinCall(call: CallContent): string {
  const code = call.arguments["code"];
  if (call.name === codeInterpreter && typeof code === "string") return code;
  return encodeMethodCall(call, (text) => text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n"));
}

/** `NAME.call(key="value", ...)`; `quoteText` prepares string values. */
export function encodeMethodCall(call: CallContent, quoteText: (text: string) => string): string {
  const args = Object.entries(call.arguments).map(
    ([key, value]) => `${key}="${quoteText(typeof value === "string" ? value : pythonJson(value))}"`,
  );
  return `${call.name}.call(${args.join(", ")})`;
}

/** What came out of running code, in the words the model was trained on. */
export function interpreterResult(result: {
  ok: boolean;
  stdout?: string | undefined;
  stderr?: string | undefined;
}): string {
  const part = (name: string, text: string | undefined): string =>
    text === undefined || text === "" ? "" : `\n[${name}]${text}[/${name}]`;
  return `${result.ok ? "completed" : "failed"}${part("stdout", result.stdout)}${part("stderr", result.stderr)}`;
}
