import { evaluate, variablesOf } from "./expression.ts";
import { normalizeLatex } from "./latex-normal-form.ts";
import { isClose, parseNumber } from "./numbers.ts";
import { parseLatex } from "./parse-latex.ts";

/** Values that variables are tried with: irrational-looking, of both signs, so that different formulas differ. */
const probes = [0.73128, 1.61973, 2.29417, -0.58731, 3.71519, -1.87263];

/**
 * Whether two answers in LaTeX or plain notation mean the same: equal once normalised, or equal part by part (tuples,
 * sets, intervals, unions, matrices, equations), with formulas held against each other at probe values.
 */
export function isMathEquivalent(answer: string, target: string): boolean {
  const [mine, theirs] = [normalizeLatex(answer), normalizeLatex(target)];
  if (theirs === "" || mine === "") return mine === theirs && answer.trim() === target.trim();
  return isSame(mine, theirs, 0);
}

function isSame(first: string, second: string, depth: number): boolean {
  if (depth > 8) return false;
  const [a, b] = [first.trim(), second.trim()];
  if (squeeze(a) === squeeze(b)) return true;
  const matrices = [matrixCells(a), matrixCells(b)];
  if (matrices[0] !== null || matrices[1] !== null) return isSameList(matrices[0]!, matrices[1]!, depth);
  for (const separator of ["\\cup", "\\pm", "\\le", "\\ge", "<", ">", "="]) {
    const [left, right] = [splitTop(a, separator), splitTop(b, separator)];
    if (left.length !== right.length) {
      if (separator === "\\pm") return isSame(expandPlusMinus(a), expandPlusMinus(b), depth + 1);
      return false;
    }
    if (left.length > 1) return isSameList(left, right, depth, separator === "\\cup" || separator === "\\pm");
  }
  const [lists, others] = [asList(a), asList(b)];
  if (lists.items.length > 1 || others.items.length > 1) {
    if (lists.brackets !== others.brackets) return false;
    const isUnordered = lists.brackets === "{}" || lists.brackets === "";
    return isSameList(lists.items, others.items, depth, isUnordered);
  }
  return isSameValue(a, b);
}

function isSameValue(a: string, b: string): boolean {
  const [x, y] = [parseNumber(a), parseNumber(b)];
  if (x !== null && y !== null) return isClose(x, y);
  const [left, right] = [parseLatex(a), parseLatex(b)];
  if (left === null || right === null) return false;
  const names = [...variablesOf(left), ...variablesOf(right)];
  const order = [...new Set(names)].sort();
  let compared = 0;
  for (let round = 0; round < probes.length; round++) {
    const at = (name: string): number =>
      probes[(round + 2 * order.indexOf(name)) % probes.length]! + order.indexOf(name);
    const [u, v] = [evaluate(left, at), evaluate(right, at)];
    if (Number.isNaN(u) !== Number.isNaN(v)) return false;
    if (Number.isNaN(u)) continue;
    if (!isClose(u, v)) return false;
    compared++;
    if (order.length === 0) break;
  }
  return compared > 0;
}

function isSameList(
  first: readonly string[] | null,
  second: readonly string[] | null,
  depth: number,
  isUnordered = false,
): boolean {
  if (first === null || second === null || first.length !== second.length) return false;
  if (!isUnordered) return first.every((part, index) => isSame(part, second[index]!, depth + 1));
  const left = [...second];
  return first.every((part) => {
    const at = left.findIndex((other) => isSame(part, other, depth + 1));
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
}

/** `1 \pm 2` as the list of its two values. */
function expandPlusMinus(text: string): string {
  const parts = splitTop(text, "\\pm");
  return parts.length === 2
    ? `${parts[0]}+(${parts[1]}), ${parts[0]}-(${parts[1]})`.replace(/(^|, )\+/g, "$1")
    : text;
}

function squeeze(text: string): string {
  return text
    .replace(/\s+/g, "")
    .replace(/^\\text\{(.*)\}$/, "$1")
    .replace(/\{(\w)\}/g, "$1")
    .toLowerCase();
}

/** Parts between a separator that stands outside all brackets. */
function splitTop(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    const isSeparator =
      text.startsWith(separator, i) &&
      !/[a-z]/i.test(separator.length > 1 ? (text[i + separator.length] ?? "") : "");
    if (depth === 0 && isSeparator) {
      parts.push(text.slice(start, i).trim());
      i += separator.length - 1;
      start = i + 1;
    } else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function asList(text: string): { items: string[]; brackets: string } {
  const body = text.replace(/\\([{}])/g, "$1");
  const brackets = `${body[0] ?? ""}${body.at(-1) ?? ""}`;
  const isWrapped =
    /^(?:\(\)|\[\]|\(\]|\[\)|\{\})$/.test(brackets) && (brackets[0] !== "{" || text.startsWith("\\{"));
  const items = isWrapped ? splitTop(body.slice(1, -1), ",") : splitTop(body, ",");
  return isWrapped && items.length > 1 ? { items, brackets } : { items, brackets: "" };
}

function matrixCells(text: string): string[] | null {
  const match = /^\\begin\s*\{([pbvBV]?matrix|array)\}(?:\{[^}]*\})?([\s\S]*)\\end\s*\{\1\}$/.exec(text);
  if (match === null) return null;
  const rows = match[2]!.split("\\\\").map((row) => row.trim());
  return rows
    .filter((row) => row !== "")
    .flatMap((row) => [...row.split("&").map((cell) => cell.trim()), "\\\\"]);
}
