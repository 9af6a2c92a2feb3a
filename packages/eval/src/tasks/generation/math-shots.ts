import type { Row } from "../../task.ts";

/**
 * The eight word problems that chain-of-thought prompting was introduced with (Wei et al. 2022, table 20), with their
 * numbers and steps, told in other words.
 */
export const wordProblemShots: readonly Row[] = (
  [
    [
      "A grove has 15 trees. Workers plant more trees in it today, and when they finish there are 21. How many trees did they plant?",
      "At first there are 15 trees and in the end 21. The workers planted 21 - 15 = 6.",
      "6",
    ],
    [
      "A parking lot holds 3 cars. Then 2 more drive in. How many cars are in the lot?",
      "There are 3 cars and 2 more come. 3 + 2 = 5.",
      "5",
    ],
    [
      "Leah has 32 chocolates and her sister has 42. They eat 35 of them. How many chocolates do they still have together?",
      "Together they have 32 + 42 = 74 chocolates. Once 35 are eaten, 74 - 35 = 39 are left.",
      "39",
    ],
    [
      "Jason owned 20 lollipops. He handed some of them to Denny and has 12 now. How many did Denny get?",
      "Jason went from 20 lollipops to 12. Denny got 20 - 12 = 8.",
      "8",
    ],
    [
      "Shawn had five toys. At Christmas his mother and his father gave him two toys each. How many toys has he now?",
      "Two toys from each of two parents are 2 * 2 = 4 toys. With the five from before, 5 + 4 = 9.",
      "9",
    ],
    [
      "Nine computers stood in the server room. From Monday to Thursday, five more were put in on each day. How many computers stand there now?",
      "From Monday to Thursday there are 4 days, so 5 * 4 = 20 computers came. 9 + 20 = 29.",
      "29",
    ],
    [
      "Michael owned 58 golf balls. On Tuesday 23 of them were lost, and on Wednesday 2 more. How many had he left on Wednesday evening?",
      "After Tuesday he had 58 - 23 = 35. After Wednesday he had 35 - 2 = 33.",
      "33",
    ],
    [
      "Olivia went out with $23 and bought five bagels at $3 each. How much money is left?",
      "Five bagels at $3 cost 5 * 3 = 15 dollars. 23 - 15 = 8.",
      "8",
    ],
  ] as const
).map(([question, steps, answer]) => ({ question, steps, answer }));

/** The four problems that Minerva was asked MATH with (Lewkowycz et al. 2022, appendix D), told in other words. */
export const minervaShots: readonly Row[] = (
  [
    [
      "For which $x$ is the expression $\\frac{\\sqrt{x-2}}{\\sqrt{5-x}}$ defined? Give the domain.",
      "What stands under a root may not be negative: $x \\ge 2$ and $x \\le 5$. The denominator may not be zero either, which leaves $x < 5$. The domain is $\\boxed{[2,5)}$.",
      "[2,5)",
    ],
    [
      "Two matrices have $\\det \\mathbf{A} = 2$ and $\\det \\mathbf{B} = 12$. Find $\\det(\\mathbf{A}\\mathbf{B})$.",
      "The determinant of a product is the product of the determinants: $2 \\cdot 12 = \\boxed{24}$.",
      "24",
    ],
    [
      "Terrell lifts two weights of 20 pounds 12 times. With two weights of 15 pounds, how many times must he lift them for the same total weight?",
      "The total is $2 \\cdot 12 \\cdot 20 = 480$ pounds. With 15-pound weights, $n$ lifts move $2 \\cdot 15 \\cdot n = 30n$ pounds, so $n = 480/30 = \\boxed{16}$.",
      "16",
    ],
    [
      "The equations $6x - 4y = a$ and $6y - 9x = b$ hold for some nonzero $x$ and $y$, and $b$ is not zero. Find $\\frac{a}{b}$.",
      "The first equation times $-\\frac{3}{2}$ is $6y - 9x = -\\frac{3}{2}a$. The left side is also $b$, so $-\\frac{3}{2}a = b$ and $\\frac{a}{b} = \\boxed{-\\frac{2}{3}}$.",
      "-\\frac{2}{3}",
    ],
  ] as const
).map(([problem, steps, answer]) => ({
  problem,
  solution: `${steps}\nFinal Answer: The final answer is $${answer}$. I hope it is correct.`,
}));
