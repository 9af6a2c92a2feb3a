import { bold, cyan, dim, green, red } from "../paint.ts";
import type { LongSummary, Progress } from "./summarize.ts";

const width = 94;
const barWidth = 24;

/** One line that is drawn over and over. */
export function showProgress({ stage, numDone, numSteps, about, tokens }: Progress): string {
  const filled = Math.round((barWidth * numDone) / numSteps);
  const bar = green("━".repeat(filled)) + dim("━".repeat(barWidth - filled));
  const count = `${numDone}/${numSteps}`.padStart(7);
  return `${cyan(stage.padEnd(8))} ${bar} ${count} ${dim(`${tokens.toLocaleString("en")} tokens`)}  ${safe(about).slice(0, 36)}`;
}

/** The summary with its sections and what it cost, as lines of a terminal. */
export function showSummary({ title, text, sections, unknown, ledger }: LongSummary): string {
  const whole = wrap(safe(text)).map((line) => line.replace(/\[\d+\]/g, (reference) => cyan(reference)));
  const list = sections.map(({ number, title, lines, summary }) => {
    const place = dim(`lines ${lines[0]}–${lines[1]}`);
    const [first = dim("(the model said nothing)"), ...rest] = wrap(safe(summary));
    const short = rest.length > 0 ? `${first} …` : first;
    return `${cyan(`[${number}]`.padStart(5))} ${safe(title)} ${place}\n      ${dim(short)}`;
  });
  const costs = ledger.map(({ stage, numSteps, numReused, promptTokens, completionTokens }) => {
    const reused = numReused === 0 ? "" : `, ${numReused} from before`;
    return `${stage.padEnd(9)} ${count(numSteps)} steps ${count(promptTokens)} in ${count(completionTokens)} out${reused}`;
  });
  const lines = [
    bold(safe(title)),
    "",
    ...whole,
    "",
    bold("Sections"),
    ...list,
    "",
    bold("Tokens"),
    ...costs.map(dim),
  ];
  if (unknown.length > 0)
    lines.push("", red(`Taken out: references to sections that there are not (${unknown.join(", ")})`));
  return `${lines.join("\n")}\n`;
}

const count = (number: number): string => number.toLocaleString("en").padStart(7);

/** Lines broken between words. */
const wrap = (text: string): string[] =>
  text.match(new RegExp(`\\S.{0,${width - 1}}(?=\\s|$)|\\S{1,${width}}`, "g")) ?? [];

/** Text of models and files without what would steer the terminal. */
const safe = (text: string): string => text.replace(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, " ");
