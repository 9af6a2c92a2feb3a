import { UsageError } from "../errors.ts";
import { samplingFlags } from "../flags.ts";
import type { SamplingValues } from "../model/open-model.ts";
import type { ChatState } from "./session.ts";

const help = `/clear              forget the conversation, keep the system prompt
/system [text]      set the system prompt, or take it away
/set NAME VALUE     change how tokens are drawn: ${settingNames().join(" ")}
/bye                leave (also Ctrl-D)
"""                 begin and end a text of several lines
Ctrl-C              stop the answer
`;

/** Runs one slash command of the chat. */
export function runChatCommand(input: string, state: ChatState): "quit" | "stay" {
  const [, name = "", rest = ""] = /^\/(\S*)\s*([\s\S]*)$/.exec(input)!;
  const handlers: Readonly<Record<string, () => "quit" | undefined>> = {
    help: () => {
      process.stderr.write(help);
    },
    bye: () => "quit",
    exit: () => "quit",
    quit: () => "quit",
    clear: () => {
      state.messages = state.messages.filter(({ role }) => role === "system");
    },
    system: () => {
      const others = state.messages.filter(({ role }) => role !== "system");
      state.messages = rest === "" ? others : [{ role: "system", content: rest }, ...others];
    },
    set: () => {
      state.sampling = applySetting(state.sampling, rest);
    },
  };
  const handler = handlers[name];
  if (handler === undefined) throw new UsageError(`Unknown command /${name}`, "See: /help");
  return handler() ?? "stay";
}

/** Names are those of the flags: /set temp 0.7 is --temp 0.7. */
function settingNames(): string[] {
  return Object.values(samplingFlags).map(({ flags }) => longName(flags));
}

function longName(flags: string): string {
  return /--([a-z-]+)/.exec(flags)![1]!;
}

function applySetting(values: SamplingValues, text: string): SamplingValues {
  const [, name, value] = /^(\S+)\s+([\s\S]+)$/.exec(text) ?? [];
  const found = Object.entries(samplingFlags).find(([, { flags }]) => longName(flags) === name);
  if (found === undefined || value === undefined) {
    throw new UsageError(`/set takes a name and a value; names: ${settingNames().join(" ")}`);
  }
  const key = found[0] as keyof SamplingValues;
  const flag = samplingFlags[key];
  const parsed = flag.parse?.(value, values[key] as never);
  return { ...values, [key]: parsed };
}
