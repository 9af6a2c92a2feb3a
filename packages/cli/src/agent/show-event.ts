import type { AgentEvent } from "@llamero/stack";
import { colorsFor } from "../terminal/colors.ts";
import { safeForTerminal } from "../terminal/safe-text.ts";

const shownLength = 300;

/** Shows a step of an agent on standard error, and its words on standard output. */
export function showEvent(event: AgentEvent): void {
  const { dim, green, red } = colorsFor(process.stderr);
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  switch (event.type) {
    case "text":
      process.stdout.write(safeForTerminal(event.text));
      break;
    case "tools":
      note(
        event.error === null
          ? dim(`${event.server}: ${event.tools.length} tools, about ${event.tokens} tokens in every prompt`)
          : red(cut(event.error)),
      );
      break;
    case "call":
      note(`${green("call")} ${cut(event.name)} ${cut(event.arguments)}`);
      break;
    case "result":
      note(
        `${event.failed ? red("failed") : dim("result")} ${cut(event.text)} ${dim(`(${Math.round(event.ms)} ms)`)}`,
      );
      break;
    case "approval":
      if (!event.approved) note(red(`${cut(event.name)} was refused`));
      break;
    case "done":
      process.stdout.write("\n");
      if (event.status === "incomplete") note(red(`Ended early: ${event.reason}`));
      break;
    default:
      event satisfies never;
  }
}

function cut(text: string): string {
  const safe = safeForTerminal(text);
  return safe.length <= shownLength ? safe : `${safe.slice(0, shownLength)}... (${safe.length} characters)`;
}
