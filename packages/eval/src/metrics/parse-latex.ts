import { type Expression, namedFunctions } from "./expression.ts";

/** A formula in LaTeX or plain notation (`2x^2`, `sqrt(2)/2`); null where it is not one that is understood. */
export function parseLatex(text: string): Expression | null {
  const tokens = text.match(/\\[a-zA-Z]+|\\.|\d+\.?\d*|\.\d+|[a-zA-Z]+|\S/g);
  if (tokens === null || tokens.length > 500) return null;
  const words = tokens.flatMap((token) =>
    /^[a-zA-Z]{2,}$/.test(token) && !namedFunctions.has(token) && !["sqrt", "pi"].includes(token)
      ? [...token]
      : [token.replace(/^(sqrt|pi)$/, "\\$1")],
  );
  const parser = new LatexParser(words);
  const expression = parser.sum();
  return expression !== null && parser.isAtEnd ? expression : null;
}

const call = (name: string, ...parts: Expression[]): Expression => ({ kind: "call", name, parts });
const two: Expression = { kind: "number", value: 2 };
const constants: Readonly<Record<string, number>> = { "\\pi": Math.PI, "\\infty": Number.POSITIVE_INFINITY };
const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Recursive descent; every rule gives null where the text does not fit. */
class LatexParser {
  private position = 0;
  private depth = 0;
  private tokens: readonly string[];
  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.position === this.tokens.length;
  }

  private get next(): string | undefined {
    return this.tokens[this.position];
  }

  private take(...wanted: string[]): string | null {
    const token = this.next;
    if (token === undefined || !wanted.includes(token)) return null;
    this.position++;
    return token;
  }

  sum(): Expression | null {
    if (++this.depth > 60) return null;
    let left = this.signedProduct();
    for (let sign = this.take("+", "-"); left !== null && sign !== null; sign = this.take("+", "-")) {
      const right = this.signedProduct();
      left = right === null ? null : call(sign === "+" ? "add" : "subtract", left, right);
    }
    this.depth--;
    return left;
  }

  private signedProduct(): Expression | null {
    const sign = this.take("+", "-");
    const body = this.product();
    return sign === "-" && body !== null ? call("negate", body) : body;
  }

  private product(): Expression | null {
    let left = this.power();
    while (left !== null) {
      const operator = this.take("*", "/", ":");
      if (operator === null && !this.startsFactor()) break;
      const isNegative = operator !== null && this.take("-") !== null;
      const isMixed: boolean =
        operator === null && this.next === "\\frac" && /^\d+$/.test(this.tokens[this.position - 1] ?? "");
      let right = this.power();
      if (right === null) return null;
      if (isNegative) right = call("negate", right);
      // A whole number before a fraction of numbers is a mixed number.
      if (isMixed && isNumericFraction(right)) left = call("add", left, right);
      else left = call(operator === "/" || operator === ":" ? "divide" : "multiply", left, right);
    }
    return left;
  }

  private startsFactor(): boolean {
    const token = this.next;
    if (token === undefined) return false;
    return (
      /^(?:[\d.]+|[a-zA-Z]+|\(|\{|\[)$/.test(token) || (token.startsWith("\\") && /^\\[a-zA-Z]/.test(token))
    );
  }

  private power(): Expression | null {
    let base = this.atom();
    while (base !== null && this.take("!") !== null) base = call("factorial", base);
    if (base === null || (this.take("^") === null && !this.takeDoubleStar())) return base;
    const isNegative = this.take("-") !== null;
    const exponent = this.argument();
    if (exponent === null) return null;
    return call("power", base, isNegative ? call("negate", exponent) : exponent);
  }

  private takeDoubleStar(): boolean {
    if (this.next !== "*" || this.tokens[this.position + 1] !== "*") return false;
    this.position += 2;
    return true;
  }

  private atom(): Expression | null {
    const token = this.next;
    if (token === undefined) return null;
    this.position++;
    if (/^[\d.]/.test(token)) return { kind: "number", value: Number(token) };
    const closer = closers[token];
    if (closer !== undefined) return this.until(closer);
    if (token === "|") {
      const inner = this.until("|");
      return inner === null ? null : call("abs", inner);
    }
    if (token === "\\frac" || token === "\\binom") {
      const [above, below] = [this.argument(), this.argument()];
      if (above === null || below === null) return null;
      return call(token === "\\frac" ? "divide" : "binomial", above, below);
    }
    if (token === "\\sqrt") return this.root();
    const bare = token.replace(/^\\/, "");
    if (namedFunctions.has(bare)) return this.namedCall(bare);
    if (token in constants) return { kind: "number", value: constants[token]! };
    if (token === "e") return { kind: "number", value: Math.E };
    if (/^[a-zA-Z]$/.test(token) || /^\\[a-z]+$/.test(token)) return this.variable(token);
    return null;
  }

  private variable(token: string): Expression | null {
    if (
      [
        "\\le",
        "\\ge",
        "\\lt",
        "\\gt",
        "\\ne",
        "\\pm",
        "\\cup",
        "\\cap",
        "\\in",
        "\\begin",
        "\\end",
        "\\text",
      ].includes(token)
    )
      return null;
    if (this.take("_") === null) return { kind: "variable", name: token };
    if (this.take("{") === null)
      return { kind: "variable", name: `${token}_${this.tokens[this.position++] ?? ""}` };
    const start = this.position;
    while (this.next !== undefined && this.next !== "}") this.position++;
    const name = `${token}_${this.tokens.slice(start, this.position).join("")}`;
    return this.take("}") === null ? null : { kind: "variable", name };
  }

  private until(closer: string): Expression | null {
    const inner = this.sum();
    return inner !== null && this.take(closer) !== null ? inner : null;
  }

  private root(): Expression | null {
    let index: Expression | null = two;
    if (this.take("[") !== null) index = this.until("]");
    const inner = this.argument();
    return index === null || inner === null ? null : call("root", inner, index);
  }

  private namedCall(name: string): Expression | null {
    const hasBase = this.take("_") !== null;
    const base = hasBase ? this.argument() : null;
    const hasExponent = this.take("^") !== null;
    const exponent = hasExponent ? this.argument() : null;
    if ((hasBase && base === null) || (hasExponent && exponent === null)) return null;
    const inner = ["(", "{", "["].includes(this.next ?? "") ? this.atom() : this.product();
    if (inner === null) return null;
    const value = base === null ? call(name, inner) : call(name, inner, base);
    return exponent === null ? value : call("power", value, exponent);
  }

  /** What stands behind `\frac`, `^` or `\sqrt`: a group, or one character of it as TeX reads it. */
  private argument(): Expression | null {
    const token = this.next;
    if (token !== undefined && /^\d\d+$/.test(token) && this.tokens[this.position - 1]?.startsWith("\\")) {
      const rest = [...this.tokens];
      rest.splice(this.position, 1, token[0]!, token.slice(1));
      this.tokens = rest;
    }
    return this.atom();
  }
}

function isNumericFraction(expression: Expression): boolean {
  return (
    expression.kind === "call" &&
    expression.name === "divide" &&
    expression.parts.every((part) => part.kind === "number")
  );
}
