import type { GuardBorder } from "../shields/border-guard.ts";

/** What was found in a text that comes from outside. */
export interface ScanResult {
  /** It holds what a shield takes for an attack. */
  flagged: boolean;
  /** One sentence for a person. */
  reason: string;
  /** What the model may read instead; absent: nothing of it. */
  text?: string | undefined;
}

/** Judges text of strangers before a model reads it; throws when it cannot judge. */
export type ScanUntrusted = (text: string, signal: AbortSignal) => Promise<ScanResult>;

/** The text as a model may read it: as it is, redacted, or withheld. */
export async function scanned(
  text: string,
  scan: ScanUntrusted | undefined,
  signal: AbortSignal,
): Promise<{ text: string; flagged: boolean }> {
  if (scan === undefined) return { text, flagged: false };
  try {
    const found = await scan(text, signal);
    if (!found.flagged) return { text, flagged: false };
    return { text: found.text ?? `(withheld: ${found.reason})`, flagged: true };
  } catch (error) {
    if (signal.aborted) throw error;
    // Nothing passes unjudged.
    return { text: "(withheld: it could not be checked)", flagged: true };
  }
}

/** Judges results of tools by what the policy of the server says of them. */
export function scanThrough(guardBorder: GuardBorder): ScanUntrusted {
  return async (text, signal) => {
    const { action, text: safe, hits } = await guardBorder("tool_result", text, [], signal);
    const reason = hits.map((hit) => hit.reason).join("; ");
    if (action === "redact") return { flagged: true, reason, text: safe };
    // What is to be asked is asked in any case before a tool with effects runs.
    return { flagged: action === "refuse", reason };
  };
}
