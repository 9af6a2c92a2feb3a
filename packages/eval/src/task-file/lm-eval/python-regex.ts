/** A regular expression of Python's `re`. Throws SyntaxError for what JavaScript has no equal of. */
export function pythonRegex(source: string, flags = ""): RegExp {
  let body = source;
  let all = flags;
  const leading = /^\(\?([aiLmsux]+)\)/.exec(body);
  if (leading !== null) {
    body = body.slice(leading[0].length);
    if (leading[1]!.includes("x"))
      throw new SyntaxError(`The pattern ${source} is written with (?x); write it without spaces`);
    all += leading[1]!.replace(/[^ims]/g, "");
  }
  body = body
    .replace(/\(\?P</g, "(?<")
    .replace(/\(\?P=(\w+)\)/g, "\\k<$1>")
    .replace(/(?<!\\)((?:\\\\)*)\\A/g, "$1(?<![\\s\\S])")
    .replace(/(?<!\\)((?:\\\\)*)\\Z/g, "$1(?![\\s\\S])");
  try {
    return new RegExp(body, all.includes("g") ? all : `g${all}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`The pattern ${source} cannot be used here: ${why}`, { cause });
  }
}
