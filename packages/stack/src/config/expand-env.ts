/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$\{env\.([A-Za-z_][A-Za-z0-9_]*)(:=|:\+|\})/y;

/**
 * Replaces the variables in a text: `${env.NAME}`, `${env.NAME:=default}` for one that is unset or empty, and
 * `${env.NAME:+value}`, which is the value where NAME is set and nothing elsewhere. Both may hold further references.
 * `$${env.` stands for the characters `${env.`, `$}` for a brace inside a default or value. Throws SyntaxError.
 */
export function expandEnv(text: string, env: Environment): string {
  const { value, end } = expandUntil(text, 0, env, false);
  if (end < text.length) throw new SyntaxError(`Unexpected } in ${JSON.stringify(text)}`);
  return value;
}

/** Whether a text holds anything to replace. */
export function hasReference(text: string): boolean {
  return text.includes("${env.");
}

function expandUntil(
  text: string,
  start: number,
  env: Environment,
  isInner: boolean,
): { value: string; end: number } {
  let value = "";
  let at = start;
  while (at < text.length) {
    if (text.startsWith("$${env.", at)) {
      value += "${env.";
      at += "$${env.".length;
    } else if (isInner && text.startsWith("$}", at)) {
      value += "}";
      at += 2;
    } else if (isInner && text[at] === "}") {
      return { value, end: at + 1 };
    } else if (text.startsWith("${env.", at)) {
      const found = expandReference(text, at, env);
      value += found.value;
      at = found.end;
    } else value += text[at++];
  }
  if (isInner) throw new SyntaxError(`A } is missing in ${JSON.stringify(text)}`);
  return { value, end: at };
}

function expandReference(text: string, at: number, env: Environment): { value: string; end: number } {
  reference.lastIndex = at;
  const match = reference.exec(text);
  if (match === null) {
    throw new SyntaxError(
      `Not a reference: ${JSON.stringify(text.slice(at, at + 40))}; write \${env.NAME}, \${env.NAME:=default} or \${env.NAME:+value}`,
    );
  }
  const [, name, operator] = match;
  const given = env[name!];
  if (operator === "}") {
    if (given === undefined) {
      throw new SyntaxError(`The variable ${name} is not set; set it, or write \${env.${name}:=default}`);
    }
    return { value: given, end: reference.lastIndex };
  }
  const isSet = (given ?? "") !== "";
  const isUsed = isSet === (operator === ":+");
  // What is not used need not have its variables.
  const inner = isUsed
    ? expandUntil(text, reference.lastIndex, env, true)
    : { value: "", end: skip(text, reference.lastIndex) };
  return { value: isUsed ? inner.value : operator === ":=" ? given! : "", end: inner.end };
}

/** Index behind the brace that ends a default or value. */
function skip(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith("$${env.", at)) at += "$${env.".length - 1;
    else if (text.startsWith("$}", at)) at++;
    else if (text.startsWith("${env.", at)) depth++;
    else if (text[at] === "}" && --depth === 0) return at + 1;
  }
  throw new SyntaxError(`A } is missing in ${JSON.stringify(text)}`);
}
