/** The content of the last `\boxed{…}` or `\fbox{…}` whose braces close; null where there is none. */
export function lastBoxed(text: string): string | null {
  for (const match of [...text.matchAll(/\\(?:boxed|fbox)\s*/g)].reverse()) {
    const start = match.index + match[0].length;
    if (text[start] === "{") {
      const inner = bracedAt(text, start);
      if (inner !== null) return inner.trim();
      continue;
    }
    // `\boxed 5`: up to the end of the formula.
    const bare = /^[^\s$\\{}]+/.exec(text.slice(start));
    if (bare !== null) return bare[0];
  }
  return null;
}

/** The text inside the brace that opens at a position; null where it does not close. */
export function bracedAt(text: string, open: number): string | null {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return text.slice(open + 1, i);
  }
  return null;
}

/** Words that name what is counted, not how much of it. */
const units =
  /\b(?:square|cubic|units?|dollars?|cents?|mph|inch(?:es)?|ft|feet|foot|hours?|minutes?|seconds?|days?|weeks?|years?|km|cm|mm|meters?|metres?|kg|gm?|grams?|pounds?|lbs?|degrees?|points?|ways?|integers?|digits?|edges?|students?|people|meals?|miles?|gallons?|sq|percent)\b\.?/gi;

const replacements: readonly (readonly [RegExp, string])[] = [
  [/(?<!\\)\\[,;!:> ]|\\qquad|\\quad|~/g, " "],
  [/\\(?:left|right|bigl?|bigr?|Bigl?|Bigr?|displaystyle|limits)(?![a-zA-Z])/g, ""],
  [/\\[dtc]frac/g, "\\frac"],
  [/\\(?:mbox|textrm|textnormal|mathrm|mathbf|textbf|textit|operatorname)(?![a-zA-Z])/g, "\\text"],
  [/\^\{?\s*\\circ\s*\}?|°/g, ""],
  [/\\?%|\\\$|\$|\\[()[\]]/g, ""],
  [/\\(?:leq|leqslant)(?![a-z])/g, "\\le"],
  [/\\(?:geq|geqslant)(?![a-z])/g, "\\ge"],
  [/\\(?:cdot|times|ast)(?![a-z])/g, "*"],
  [/\\div(?![a-z])/g, "/"],
  [/−|–/g, "-"],
  [/\\approx(?![a-z]).*/s, ""],
  [/π/g, "\\pi "],
  [/∞/g, "\\infty "],
  [/√/g, "\\sqrt "],
];

/** A LaTeX answer in the form that is compared: no layout, units, text commands, or "x =" in front. */
export function normalizeLatex(answer: string): string {
  let body = answer.trim();
  const boxed = lastBoxed(body);
  if (boxed !== null) body = boxed;
  for (const [regex, replacement] of replacements) body = body.replace(regex, replacement);
  body = body.replace(/\\text\s*\{([^{}]*)\}(?:\^\{?[23]\}?)?/g, (whole, inner: string, at: number) => {
    // Text behind a value is its unit; text alone is the answer.
    const before = body.slice(0, at).trim();
    return before === "" || /[,({[]$/.test(before)
      ? inner
      : whole.replace(/\\text\s*\{[^{}]*\}.*/, andOrUnit(inner));
  });
  const bare = body.replace(units, " ").trim();
  if (/[\d\\]/.test(bare))
    body = bare.replace(/\^\{?[23]\}?$/, (power) => (/[\s]\^/.test(bare) ? "" : power));
  body = thousands(body)
    .replace(/[.,;:]\s*$/, "")
    .trim();
  const equation =
    /^(?:[a-zA-Z]|[a-zA-Z]\([a-zA-Z]\)|\([a-z](?:,\s*[a-z])+\)|\\[a-z]+)\s*(?:=|\\in(?![a-z]))\s*([^=]+)$/.exec(
      body,
    );
  if (equation !== null) body = equation[1]!.trim();
  return body.replace(/\s+/g, " ").trim();
}

function andOrUnit(inner: string): string {
  return /^\s*(?:and|or)\s*$/.test(inner) ? "," : " ";
}

function thousands(text: string): string {
  const plain = text.replace(/\{,\}/g, ",");
  return /^-?\d{1,3}(?:,\s?\d{3})+(?:\.\d+)?$/.test(plain.trim()) ? plain.replace(/,\s?/g, "") : plain;
}
