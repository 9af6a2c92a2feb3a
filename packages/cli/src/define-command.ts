import { Command, CommanderError, Option } from "commander";
import { UsageError } from "./errors.ts";

/** One flag: how it is written, where else it can come from, and how its text is read. */
export interface Flag<T> {
  /** As commander writes it: `-c, --ctx-size <tokens>`. */
  readonly flags: string;
  readonly description: string;
  /** Environment variable that stands in for it, or null. */
  readonly env: string | null;
  /** Absent for a switch without a value. Throws UsageError. */
  parse?(text: string, previous: T): T;
  readonly fallback: T;
}

type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a set of flags. */
export type Values<F> = { readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** What one command file says about itself. */
export interface CommandSpec<F> {
  /** As commander writes them: `<model> [prompt...]`. */
  arguments: string;
  flags: F;
  /** Shown under the flags. */
  examples: readonly string[];
  /** More to know, shown above the flags. */
  details?: string;
  /**
   * Words of a variadic argument are joined by spaces in `args`; `words` has each by itself. Returns the exit code;
   * nothing is 0.
   */
  run(
    args: readonly (string | undefined)[],
    values: Values<F>,
    words: readonly string[],
  ): Promise<number | undefined>;
}

/** A command, ready to run. */
export interface CommandDefinition {
  /** Parses the words after the command's name and runs it. Returns the exit code. */
  execute(name: string, summary: string, words: readonly string[]): Promise<number>;
}

/** Describes a command; see any file in `commands/`. */
export function defineCommand<F extends Flags>(spec: CommandSpec<F>): CommandDefinition {
  return {
    async execute(name, summary, words): Promise<number> {
      const parser = new Command(`llamero ${name}`)
        .description(
          spec.details === undefined ? `${summary}.` : `${summary}.\n\n${spec.details.replaceAll("\n", " ")}`,
        )
        .helpOption("-h, --help", "show this help")
        .addHelpText("after", `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join("\n")}\n`)
        .allowExcessArguments(false)
        .configureOutput({ writeErr: () => undefined })
        .configureHelp({ optionDescription: describeOption })
        .exitOverride();
      for (const argument of spec.arguments.split(" ")) if (argument !== "") parser.argument(argument);
      const names = new Map<keyof F, string>();
      for (const [key, flag] of Object.entries(spec.flags)) {
        const option = toOption(flag);
        names.set(key, option.attributeName());
        parser.addOption(option);
      }
      try {
        parser.parse(words, { from: "user" });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        if (error.exitCode === 0) return 0;
        const message = error.message
          .replace(/^error: (.)/, (_, first: string) => first.toUpperCase())
          .replace("\n", " ");
        throw new UsageError(message, `See: llamero ${name} --help`, {
          cause: error,
        });
      }
      const values: Record<string, unknown> = {};
      for (const [key, attribute] of names) values[key as string] = parser.getOptionValue(attribute);
      const given = parser.processedArgs as (string | string[] | undefined)[];
      const args = given.map((arg) =>
        Array.isArray(arg) ? (arg.length === 0 ? undefined : arg.join(" ")) : arg,
      );
      const each = given.flat().filter((word) => word !== undefined);
      return (await spec.run(args, values as Values<F>, each)) ?? 0;
    },
  };
}

function toOption(flag: Flag<unknown>): Option {
  const option = new Option(flag.flags, flag.description);
  if (flag.env !== null) option.env(flag.env);
  if (flag.parse !== undefined)
    option.argParser((text: string, previous: unknown) => flag.parse!(text, previous));
  return option.default(flag.fallback);
}

/** Without commander's "(default: null)" and "(default: [])". */
function describeOption(option: Option): string {
  const { defaultValue } = option;
  const notes: string[] = [];
  if (typeof defaultValue === "number" || typeof defaultValue === "string")
    notes.push(`default: ${defaultValue}`);
  if (option.envVar !== undefined) notes.push(`env: ${option.envVar}`);
  return notes.length === 0 ? option.description : `${option.description} (${notes.join(", ")})`;
}
