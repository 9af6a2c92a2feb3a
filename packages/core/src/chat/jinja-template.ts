import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { ChatTemplateError } from "./chat-template-error.ts";
import { repairTemplate } from "./jinja-repairs.ts";
import { formatDate } from "./python-text.ts";

/** A chat template, parsed once. */
export interface JinjaTemplate {
  /** Renders with the given variables, as transformers' apply_chat_template would. */
  render(variables: Readonly<Record<string, unknown>>, now: Date): string;
}

/** Parses a chat template; throws a ChatTemplateError when it cannot. */
export function parseJinjaTemplate(source: string): JinjaTemplate {
  const program = asTemplateFault("parse", () =>
    parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true })),
  );

  const addRepairs = repairTemplate(program);
  return {
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

function asTemplateFault<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ChatTemplateError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChatTemplateError(`Cannot ${what} the chat template: ${reason}`, { cause: error });
  }
}
