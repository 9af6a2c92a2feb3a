import { type CommandEntry, commands } from "./commands.ts";
import { reportError, UsageError } from "./errors.ts";
import { closestWord } from "./terminal/closest-word.ts";
import { wrap } from "./terminal/wrap.ts";
import { version } from "./version.ts";

/** Runs the command line; returns the exit code. Prints everything, errors included, and never throws. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return await dispatch([...words]);
  } catch (error) {
    return reportError(error);
  }
}

async function dispatch(words: string[]): Promise<number> {
  // Flags of the whole program; each command has its own. Words behind `--` belong to the command.
  const end = words.indexOf("--");
  const offline = words.indexOf("--offline");
  if (offline !== -1 && (end === -1 || offline < end)) {
    words.splice(offline, 1);
    process.env["LLAMERO_OFFLINE"] = "1";
  }
  if (words.length === 0) words.push("chat");
  const [first] = words;
  if (first === "--help" || first === "-h" || (first === "help" && words.length === 1)) {
    process.stdout.write(helpText());
    return 0;
  }
  if (first === "--version" || first === "-v") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const rest = first === "help" ? [...words.slice(1), "--help"] : words;
  const entry = findEntry(rest);
  const { command } = await entry.load();
  return command.execute(entry.name, entry.summary, rest.slice(entry.name.split(" ").length));
}

function findEntry(words: readonly string[]): CommandEntry {
  const [first = "", second = ""] = words;
  const entry =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  if (entry !== undefined) return entry;
  if (first.startsWith("-")) {
    throw new UsageError(`Unknown option ${first}: options follow the command`, "See: llamero --help");
  }
  const family = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (family.length > 0) {
    throw new UsageError(
      `llamero ${first} needs one more word`,
      `It is one of: ${family.map(({ name }) => name).join(", ")}`,
    );
  }
  const close = closestWord(
    first,
    commands.map(({ name }) => name),
  );
  throw new UsageError(
    `Unknown command ${first}`,
    close === null ? "See: llamero --help" : `Did you mean: llamero ${close}`,
  );
}

const helpColumns = 80;

/** What `llamero --help` prints. */
export function helpText(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const groups = [...new Set(commands.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const lines = commands
      .filter((entry) => entry.group === group)
      .flatMap(({ name, summary }) =>
        wrap(summary, helpColumns - width - 4).map(
          (line, i) => `  ${(i === 0 ? name : "").padEnd(width)}  ${line}`,
        ),
      );
    return `${group}:\n${lines.join("\n")}\n`;
  });
  return `Usage: llamero [command] [options]

Runs Llama-class models on this machine. Without a command: chats with the
newest model in the store, or with Cria, the small one that ships.

${sections.join("\n")}
Options:
  --offline   never use the network (also LLAMERO_OFFLINE=1)
  --version   print the version
  --help      print this help; llamero COMMAND --help says more of one

Examples:
  llamero pull hf:bartowski/Llama-3.2-1B-Instruct-GGUF
  llamero run Llama-3.2-1B "Why is the sky blue?"
  cat report.md | llamero run Llama-3.2-1B "Summarize this"

Environment: LLAMERO_HOME (where models are kept), HF_TOKEN, HF_ENDPOINT,
NO_COLOR, LLAMERO_DEBUG (stack traces).
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`;
}
