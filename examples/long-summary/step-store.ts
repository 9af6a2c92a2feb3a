import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** What a model said in one step, and what it cost. */
export interface Step {
  text: string;
  promptTokens: number;
  completionTokens: number;
}

/** Steps that are done, a line of JSON each, so that a run that was stopped goes on where it was. */
export class StepStore {
  readonly #path: string;
  readonly #steps = new Map<string, Step>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    // A line that a killed process left half written is done again.
    if (text !== "" && !text.endsWith("\n")) appendFileSync(path, "\n");
    for (const line of text.split("\n")) {
      const parsed = parseLine(line);
      if (parsed !== null) this.#steps.set(parsed.key, parsed.step);
    }
  }

  /** The step of a question; equal questions to the same model are the same step. */
  get(question: unknown): Step | null {
    return this.#steps.get(keyOf(question)) ?? null;
  }

  add(question: unknown, step: Step): void {
    const key = keyOf(question);
    this.#steps.set(key, step);
    appendFileSync(this.#path, `${JSON.stringify({ key, step })}\n`);
  }
}

const keyOf = (question: unknown): string =>
  createHash("sha256").update(JSON.stringify(question)).digest("hex");

function parseLine(line: string): { key: string; step: Step } | null {
  try {
    return JSON.parse(line) as { key: string; step: Step };
  } catch {
    return null;
  }
}
