import type { Tool } from "./tool.ts";

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E, tau: 2 * Math.PI };

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  sqrt: Math.sqrt,
  cbrt: Math.cbrt,
  abs: Math.abs,
  exp: Math.exp,
  ln: Math.log,
  log: (value, base = 10) => (base === 10 ? Math.log10(value) : Math.log(value) / Math.log(base)),
  log2: Math.log2,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  round: (value, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits,
  floor: Math.floor,
  ceil: Math.ceil,
  min: Math.min,
  max: Math.max,
  gcd: (a, b = 0) => (b === 0 ? Math.abs(a) : functions["gcd"]!(b, a % b)),
};

const maxLength = 1000;
const maxDepth = 100;

/** Value of an expression of numbers, + - * / % ^, parentheses, functions and constants. Throws SyntaxError. */
export function calculate(expression: string): number {
  if (expression.length > maxLength)
    throw new SyntaxError(`The expression is longer than ${maxLength} characters`);
  const text = expression
    .replaceAll("**", "^")
    .replaceAll("×", "*")
    .replaceAll("÷", "/")
    .replaceAll("−", "-");
  const tokens = text.match(/\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[a-z_]\w*|\S/gi) ?? [];
  let at = 0;
  let depth = 0;
  const fail = (): SyntaxError =>
    new SyntaxError(
      at < tokens.length
        ? `Cannot read ${tokens[at]} in ${expression}`
        : `${expression} ends too early; nothing follows`,
    );
  const take = (...wanted: string[]): string | null =>
    wanted.includes(tokens[at] ?? "") ? tokens[at++]! : null;
  const sum = (): number => {
    let value = product();
    for (let op = take("+", "-"); op !== null; op = take("+", "-"))
      value += op === "+" ? product() : -product();
    return value;
  };
  const product = (): number => {
    let value = signed();
    for (let op = take("*", "/", "%"); op !== null; op = take("*", "/", "%")) {
      const by = signed();
      value = op === "*" ? value * by : op === "/" ? value / by : value % by;
    }
    return value;
  };
  const signed = (): number => {
    if (++depth > maxDepth) throw new SyntaxError(`The expression is nested deeper than ${maxDepth}`);
    const sign = take("+", "-");
    const value = sign === null ? power() : sign === "-" ? -signed() : signed();
    depth--;
    return value;
  };
  const power = (): number => {
    const base = operand();
    return take("^") === null ? base : base ** signed();
  };
  const operand = (): number => {
    if (take("(") !== null) {
      const value = sum();
      if (take(")") === null) throw fail();
      return value;
    }
    const token = tokens[at] ?? "";
    if (/^[\d.]/.test(token) && token !== ".") {
      at++;
      return Number(token);
    }
    const name = token.toLowerCase();
    if (Object.hasOwn(constants, name)) {
      at++;
      return constants[name]!;
    }
    if (!Object.hasOwn(functions, name)) throw fail();
    at++;
    if (take("(") === null) throw fail();
    const values = [sum()];
    while (take(",") !== null) values.push(sum());
    if (take(")") === null) throw fail();
    return functions[name]!(...values);
  };
  const value = sum();
  if (at < tokens.length) throw fail();
  return value;
}

/** Computes what models guess. */
export const calculatorTool: Tool = {
  name: "calculator",
  description: `Compute an arithmetic expression exactly. It has + - * / % ^, parentheses, ${Object.keys(functions).join(", ")}, pi and e.`,
  parameters: {
    type: "object",
    properties: { expression: { type: "string", description: "Such as (2 + 3) * sqrt(16)" } },
    required: ["expression"],
  },
  group: "builtin::calculator",
  needsApproval: false,
  untrusted: false,
  async run(args) {
    try {
      const value = calculate(String(args["expression"] ?? ""));
      if (!Number.isFinite(value))
        return { text: `The result is ${value}: not a number that can be written`, failed: true };
      // Hides what binary fractions add: 0.1 + 0.2.
      return { text: String(Number.isInteger(value) ? value : Number(value.toPrecision(15))), failed: false };
    } catch (error) {
      return { text: error instanceof Error ? error.message : String(error), failed: true };
    }
  },
};
