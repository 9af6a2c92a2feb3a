import assert from "node:assert/strict";
import { test } from "node:test";
import { isMathEquivalent } from "./math-equivalence.ts";

/** Pairs that sympy finds equal, or that people write for one answer. */
const same: readonly (readonly [string, string])[] = [
  ["\\frac12", "\\frac{1}{2}"],
  ["0.5", "\\dfrac{1}{2}"],
  ["\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}"],
  ["$\\frac{\\sqrt2}{2}$", "\\frac{1}{\\sqrt2}"],
  ["x = 5", "5"],
  ["5", "x=5"],
  ["5 \\text{ cm}", "5"],
  ["12\\%", "12"],
  ["90^\\circ", "90"],
  ["[2,5)", "[2, 5)"],
  ["\\left[2,5\\right)", "[2,5)"],
  ["(1,2)", "(1, 2)"],
  ["1,234", "1234"],
  ["1{,}234", "1234"],
  ["10,\\!000", "10000"],
  ["x^2+2x+1", "(x+1)^2"],
  ["2x+3y", "3y+2x"],
  ["\\{1,2\\}", "\\{2,1\\}"],
  ["1,2", "2,1"],
  ["1 \\text{ and } 2", "1,2"],
  ["\\text{Evelyn}", "Evelyn"],
  ["\\text{(C)}", "(C)"],
  ["3\\pi", "3 \\pi"],
  ["2\\sqrt{3}", "\\sqrt{12}"],
  ["-\\frac{2}{3}", "\\frac{-2}{3}"],
  ["(-\\infty,3]", "(-\\infty, 3]"],
  ["(-\\infty,-1)\\cup(2,\\infty)", "(-\\infty,-1) \\cup (2,\\infty)"],
  ["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}"],
  ["\\begin{pmatrix}\\frac12&0\\\\2&1\\end{pmatrix}", "\\begin{pmatrix} 0.5 & 0 \\\\ 2 & 1 \\end{pmatrix}"],
  ["1 \\pm \\sqrt{2}", "1+\\sqrt2, 1-\\sqrt2"],
  ["2^{10}", "1024"],
  ["5!", "120"],
  ["\\binom{5}{2}", "10"],
  ["\\log_2 8", "3"],
  ["1\\frac{1}{2}", "\\frac32"],
  ["\\$18.90", "18.90"],
  ["18.9", "18.90"],
  ["y=2x+1", "2x+1"],
  ["\\frac{x}{2}", "x/2"],
  ["i", "i"],
  ["3+4i", "4i+3"],
  ["e^{x}", "e^x"],
  ["\\sin^2 x + \\cos^2 x", "1"],
  ["x \\in [1,2]", "[1,2]"],
  ["7 square units", "7"],
  ["\\sqrt[3]{8}", "2"],
  ["11\\sqrt2", "11 \\sqrt{2}"],
  ["f(x)=x^2", "x^2"],
  ["\\frac{3}{4} \\text{ inches}", "0.75"],
  ["-1/2", "-\\frac{1}{2}"],
  ["1 < x < 2", "1<x<2"],
  ["\\frac{1}{x+1}", "(x+1)^{-1}"],
  ["\\text{odd}", "odd"],
  ["p - q", "p-q"],
  ["4:3", "4:3"],
  ["2\\cdot 3^4", "162"],
  ["8 \\text{ cm}^2", "8"],
  ["(3, \\frac{\\pi}{2})", "\\left( 3, \\frac{\\pi}{2} \\right)"],
  ["\\boxed{7}", "7"],
  ["6.02\\times 10^{23}", "6.02 \\cdot 10^{23}"],
  ["10\\text{ ft}", "10"],
  ["\\frac{9}{7}\\approx 1.29", "\\frac97"],
];

const different: readonly (readonly [string, string])[] = [
  ["5", "6"],
  ["(1,2)", "(2,1)"],
  ["[2,5]", "[2,5)"],
  ["x^2", "x^3"],
  ["\\sqrt{2}", "1.41"],
  ["1,2", "1,3"],
  ["A", "B"],
  ["", "5"],
  ["\\frac{1}{3}", "0.33"],
  ["x", "y"],
  ["\\{1,2\\}", "\\{1,2,3\\}"],
  ["x+1", "x-1"],
  ["-5", "5"],
  ["5", "x"],
  ["\\text{Evelyn}", "Evelin"],
  ["12", "1,2"],
  ["1 < x < 2", "1 \\le x \\le 2"],
  ["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}2\\\\1\\end{pmatrix}"],
  ["\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1&2\\end{pmatrix}"],
  ["2x", "x+x+1"],
  ["\\infty", "-\\infty"],
  ["|x|", "x"],
  ["(x+1)^2", "x^2+1"],
];

test("isMathEquivalent takes forms of one answer for the same, in both directions", () => {
  for (const [a, b] of same) {
    assert.ok(isMathEquivalent(a, b), `${a} is ${b}`);
    assert.ok(isMathEquivalent(b, a), `${b} is ${a}`);
  }
});

test("isMathEquivalent keeps different answers apart, in both directions", () => {
  for (const [a, b] of different) {
    assert.ok(!isMathEquivalent(a, b), `${a} is not ${b}`);
    assert.ok(!isMathEquivalent(b, a), `${b} is not ${a}`);
  }
});

test("isMathEquivalent comes back from nonsense", () => {
  for (const text of [
    "(".repeat(5000),
    "\\frac".repeat(300),
    "{}}{",
    "\\sqrt[",
    "^",
    "x".repeat(2000),
    "1".repeat(400),
    "\\begin{pmatrix}",
  ])
    assert.equal(isMathEquivalent(text, "5"), false);
});
