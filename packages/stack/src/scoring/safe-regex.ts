import { createContext, Script } from "node:vm";

/** What all texts of one request may take with expressions that a client wrote. */
const budgetMs = 1000;

/** An expression of a client ran for too long. */
export class RegexTimeout extends Error {
  override readonly name = "RegexTimeout";
}

/**
 * Runs the expressions of a client. Backtracking can take for ever, so they are stopped when the time of their request
 * is used up.
 */
export class RegexRunner {
  readonly #context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  readonly #script = new Script("expression.exec(text)");
  #leftMs = budgetMs;

  /** The first group of the first match; without groups the match, without a match null. */
  find(expression: RegExp, text: string): string | null {
    this.#context["text"] = text;
    const started = performance.now();
    try {
      this.#context["expression"] = expression;
      if (this.#leftMs < 1) throw new RegexTimeout("The expressions take too long");
      const match = this.#script.runInContext(this.#context, {
        timeout: Math.ceil(this.#leftMs),
      }) as RegExpExecArray | null;
      return match === null ? null : (match[1] ?? match[0]);
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
      throw new RegexTimeout("The expressions take too long", { cause: error });
    } finally {
      this.#leftMs -= performance.now() - started;
    }
  }
}
