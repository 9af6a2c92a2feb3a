import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { ChatTemplateError } from "./chat-template-error.ts";
import { repairTemplate } from "./jinja-repairs.ts";
import { formatDate } from "./python-text.ts";

/** A chat template, parsed once. */
export interface JinjaTemplate {
  /** Names that it reads and neither sets nor has from here. */
  readonly names: ReadonlySet<string>;
  /** Renders with the given variables, as transformers' apply_chat_template would. */
  render(variables: Readonly<Record<string, unknown>>, now: Date): string;
}

/**
 * Parses a chat template; throws a ChatTemplateError when it cannot. Space around blocks goes, as transformers has it,
 * unless `keepsSpace`: then it stays, as does a newline at the end.
 */
export function parseJinjaTemplate(
  source: string,
  { keepsSpace = false }: { keepsSpace?: boolean } = {},
): JinjaTemplate {
  // The tokenizer takes one newline off the end.
  const text = keepsSpace && source.endsWith("\n") ? `${source}\n` : source;
  const program = asTemplateFault("parse", () =>
    parse(tokenize(text, { lstrip_blocks: !keepsSpace, trim_blocks: !keepsSpace })),
  );

  const names = freeNames(program);
  const addRepairs = repairTemplate(program);
  return {
    names,
    render(variables, now) {
      const environment = new Environment();
      for (const [name, value] of Object.entries(globals)) environment.set(name, value);
      environment.set("strftime_now", (format: string) => formatDate(now, format));
      addRepairs(environment);
      for (const [name, value] of Object.entries(variables)) environment.set(name, value);
      return asTemplateFault("render", () => String(new Interpreter(environment).run(program).value));
    },
  };
}

// As in the sandbox that transformers renders templates in.
const maxRange = 100_000;

const globals: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  raise_exception: (message: unknown) => {
    throw new ChatTemplateError(String(message));
  },
  range: (start: number, stop?: number, step?: number) => {
    const [from, to, by] = stop === undefined ? [0, start, 1] : [start, stop, step ?? 1];
    if (by === 0 || Math.abs((to - from) / by) > maxRange)
      throw new ChatTemplateError(
        `The chat template asks for range(${from}, ${to}, ${by}); at most ${maxRange} steps`,
      );
    const values: number[] = [];
    for (let i = from; by > 0 ? i < to : i > to; i += by) values.push(i);
    return values;
  },
};

function freeNames(program: unknown): Set<string> {
  const read = new Set<string>();
  const set = new Set<string>(["loop", ...Object.keys(globals), "strftime_now"]);
  visit(program, "");
  return new Set([...read].filter((name) => !set.has(name)));

  function visit(value: unknown, role: string): void {
    if (typeof value !== "object" || value === null) return;
    if (value instanceof Map) {
      for (const pair of value) visit(pair, role);
      return;
    }
    if (Array.isArray(value)) {
      for (const each of value) visit(each, role);
      return;
    }
    const node = value as Readonly<Record<string, unknown>>;
    if (node["type"] === "Identifier") (isSet(role) ? set : read).add(String(node["value"]));
    for (const [key, child] of Object.entries(node)) {
      const isName =
        key === "operator" ||
        (node["type"] === "MemberExpression" && key === "property" && node["computed"] !== true) ||
        (node["type"] === "KeywordArgumentExpression" && key === "key") ||
        (node["type"] === "TestExpression" && key === "test") ||
        (node["type"] === "Macro" && key === "args");
      if (key === "filter") visitFilter(child);
      else if (isName && node["type"] === "Macro") visit(child, "loopvar");
      else if (!isName)
        visit(child, isSet(key) ? key : isSet(role) && node["type"] !== "MemberExpression" ? role : "");
    }
  }

  function visitFilter(filter: unknown): void {
    const args = typeof filter === "object" && filter !== null ? Reflect.get(filter, "args") : undefined;
    visit(args, "");
  }
}

const isSet = (role: string): boolean => role === "assignee" || role === "loopvar";

function asTemplateFault<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ChatTemplateError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChatTemplateError(`Cannot ${what} the chat template: ${reason}`, { cause: error });
  }
}
