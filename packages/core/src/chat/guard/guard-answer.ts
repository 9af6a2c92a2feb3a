/** What a guard model has answered. */
export type GuardAnswer = { verdict: "safe" } | { verdict: "unsafe"; categories: readonly string[] };

/**
 * Reads what a guard wrote: `safe`, or `unsafe` and a line of codes. Unsafe for excluded categories alone is safe.
 * Throws SyntaxError for anything else, as llama_guard.py of Llama Stack refuses it.
 */
export function parseGuardAnswer(text: string, excluded: readonly string[] = []): GuardAnswer {
  const answer = text.trim();
  if (answer === "safe") return { verdict: "safe" };
  const codes = /^unsafe\n([^\n]+)$/.exec(answer)?.[1];
  if (codes === undefined) {
    throw new SyntaxError(
      `The guard answered ${JSON.stringify(answer.slice(0, 80))}; it must say safe, or unsafe and a line of categories`,
    );
  }
  const categories = codes.split(",").map((code) => code.trim());
  return categories.every((code) => excluded.includes(code))
    ? { verdict: "safe" }
    : { verdict: "unsafe", categories };
}

/** A token that might have been the verdict. */
export interface VerdictCandidate {
  text: string;
  logprob: number;
}

/**
 * Probability of unsafe against safe at the token that decides: P(unsafe) / (P(safe) + P(unsafe)). A token counts for
 * the word that it begins, so that it may be cut anywhere; null where neither is among the candidates.
 */
export function verdictScore(candidates: readonly VerdictCandidate[]): number | null {
  let [safe, unsafe] = [0, 0];
  for (const { text, logprob } of candidates) {
    const word = text.trim();
    if (word === "") continue;
    if ("safe".startsWith(word)) safe += Math.exp(logprob);
    else if ("unsafe".startsWith(word)) unsafe += Math.exp(logprob);
  }
  return safe + unsafe === 0 ? null : unsafe / (safe + unsafe);
}
