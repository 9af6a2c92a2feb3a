import { HttpError } from "../http/http-error.ts";
import type { Policy, PolicyAction, PolicyRule } from "./policy.ts";
import type { Border, Shield, ShieldInput, ShieldMessage, Verdict } from "./shield.ts";

/** What a policy makes of a text. */
export interface Decision {
  action: "pass" | PolicyAction;
  /** The text that may go on; redacted where the action says so. */
  text: string;
  /** Those that hit. */
  hits: readonly Verdict[];
}

/** One check of one shield, for metrics and logs. */
export interface CheckRecord {
  shield: string;
  border: Border;
  ms: number;
  /** Null when the shield failed. */
  verdict: Verdict | null;
  /** What the policy does about it. */
  action: Decision["action"];
}

export interface BorderGuardOptions {
  policy: Policy;
  /** Throws for an id that there is not. */
  find: (id: string) => Shield;
  onCheck?: ((record: CheckRecord) => void) | undefined;
  /** Told why a shield failed. */
  onError?: ((error: unknown) => void) | undefined;
}

/** The worst wins. */
const rank: { readonly [A in Decision["action"]]: number } = {
  pass: 0,
  log: 1,
  redact: 2,
  ask: 3,
  refuse: 4,
};

/** Runs the shields of a policy. A shield that cannot judge fails the request: nothing passes unjudged. */
export class BorderGuard {
  readonly policy: Policy;
  readonly #options: BorderGuardOptions;

  constructor(options: BorderGuardOptions) {
    this.policy = options.policy;
    this.#options = options;
    for (const rules of Object.values(this.policy.borders))
      for (const rule of rules) for (const id of rule.shields) options.find(id);
  }

  rulesAt(border: Border): readonly PolicyRule[] {
    return this.policy.borders[border] ?? [];
  }

  /** Whether what a policy does at a border can change or end the text. */
  holdsAt(border: Border): boolean {
    return this.rulesAt(border).some(({ onHit }) => onHit === "refuse" || onHit === "redact");
  }

  /** Judges a text by all rules of its border; redactions follow one another, all else runs side by side. */
  async check(input: ShieldInput, signal: AbortSignal): Promise<Decision> {
    signal.throwIfAborted();
    const rules = this.rulesAt(input.border);
    const hits: Verdict[] = [];
    let action: Decision["action"] = "pass";
    const note = (verdict: Verdict, onHit: PolicyAction): void => {
      hits.push(verdict);
      if (rank[onHit] > rank[action]) action = onHit;
    };
    const plain = rules.filter(({ onHit }) => onHit !== "redact");
    await Promise.all(
      plain.flatMap((rule) =>
        rule.shields.map(async (id) => {
          const verdict = await this.#ask(id, rule, input, signal);
          if (verdict !== null) note(verdict, rule.onHit);
        }),
      ),
    );
    let { text } = input;
    for (const rule of rules.filter(({ onHit }) => onHit === "redact")) {
      for (const id of rule.shields) {
        const verdict = await this.#ask(id, rule, { ...input, text }, signal);
        if (verdict === null) continue;
        if (verdict.redacted === undefined) throw failed(id, input.border, "it cannot redact");
        text = verdict.redacted;
        note(verdict, "redact");
      }
    }
    return { action, text, hits };
  }

  /** The verdict of one shield where it is a hit. */
  async #ask(id: string, rule: PolicyRule, input: ShieldInput, signal: AbortSignal): Promise<Verdict | null> {
    const { border } = input;
    const start = performance.now();
    let verdict: Verdict | null = null;
    let isHit = false;
    try {
      verdict = await runShield(this.#options.find(id), input, { signal, timeoutMs: this.policy.timeoutMs });
      isHit = rule.threshold === undefined ? verdict.flagged : verdict.score >= rule.threshold;
      return isHit ? verdict : null;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HttpError)) this.#options.onError?.(error);
      throw error instanceof HttpError ? error : failed(id, border, "it failed", error);
    } finally {
      const action = verdict === null || !isHit ? "pass" : rule.onHit;
      this.#options.onCheck?.({ shield: id, border, ms: performance.now() - start, verdict, action });
    }
  }
}

/** Judges a text of one's own, with a limit of time; throws when the shield fails. */
export async function runShield(
  shield: Shield,
  input: ShieldInput,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<Verdict> {
  const limit = new AbortController();
  const clock = setTimeout(
    () => limit.abort(failed(shield.id, input.border, `it took longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const either = AbortSignal.any([signal, limit.signal]);
  let onAbort = (): void => {};
  // A shield that does not listen must not hold up who waits.
  const ended = new Promise<never>((_, reject) => {
    onAbort = () => reject(either.reason);
    if (either.aborted) onAbort();
    either.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const verdict = await Promise.race([shield.check(input, either), ended]);
    if (!Number.isFinite(verdict.score)) throw new RangeError(`The score of ${shield.id} is no number`);
    return verdict;
  } catch (error) {
    if (limit.signal.aborted && !signal.aborted) throw limit.signal.reason;
    throw error;
  } finally {
    clearTimeout(clock);
    either.removeEventListener("abort", onAbort);
    ended.catch(() => {});
  }
}

function failed(id: string, border: Border, why: string, cause?: unknown): HttpError {
  const error = new HttpError(
    503,
    `Shield ${id} could not judge the ${border}: ${why}; nothing passes unjudged`,
    {
      type: "server_error",
      code: "shield_failed",
    },
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Judges text at a border of the policy. */
export type GuardBorder = (
  border: Border,
  text: string,
  conversation: readonly ShieldMessage[],
  signal: AbortSignal,
) => Promise<Decision>;
