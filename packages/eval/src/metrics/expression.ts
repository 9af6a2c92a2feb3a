/** A parsed formula: evaluated at probe values of its variables. */
export type Expression =
  | { kind: "number"; value: number }
  | { kind: "variable"; name: string }
  | { kind: "call"; name: string; parts: readonly Expression[] };

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  add: (a, b) => a! + b!,
  subtract: (a, b) => a! - b!,
  multiply: (a, b) => a! * b!,
  divide: (a, b) => a! / b!,
  power: (a, b) => a! ** b!,
  negate: (a) => -a!,
  root: (a, n) => (n! % 2 === 1 && a! < 0 ? -((-a!) ** (1 / n!)) : a! ** (1 / n!)),
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  cot: (a) => 1 / Math.tan(a!),
  sec: (a) => 1 / Math.cos(a!),
  csc: (a) => 1 / Math.sin(a!),
  arcsin: Math.asin,
  arccos: Math.acos,
  arctan: Math.atan,
  ln: Math.log,
  log: (a, base) => Math.log(a!) / Math.log(base ?? 10),
  exp: Math.exp,
  factorial: (a) => {
    if (!Number.isInteger(a!) || a! < 0 || a! > 170) return Number.NaN;
    let product = 1;
    for (let i = 2; i <= a!; i++) product *= i;
    return product;
  },
  binomial: (n, k) => {
    let value = 1;
    for (let i = 1; i <= k!; i++) value = (value * (n! - k! + i)) / i;
    return value;
  },
};

/** The functions a formula may name, by their LaTeX names. */
export const namedFunctions: ReadonlySet<string> = new Set(
  "sin cos tan cot sec csc arcsin arccos arctan ln log exp".split(" "),
);

/** The value of a formula for given variables; NaN where it has none among the reals. */
export function evaluate(expression: Expression, variables: (name: string) => number): number {
  if (expression.kind === "number") return expression.value;
  if (expression.kind === "variable") return variables(expression.name);
  return functions[expression.name]!(...expression.parts.map((part) => evaluate(part, variables)));
}

/** Names of the variables in a formula. */
export function variablesOf(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (part: Expression): void => {
    if (part.kind === "variable") names.add(part.name);
    else if (part.kind === "call") part.parts.forEach(visit);
  };
  visit(expression);
  return names;
}
