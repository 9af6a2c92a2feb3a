import { guardCategories } from "@llamero/core/chat/guard/categories";
import type { ModerationResult, RunShieldResponse } from "../api/moderations.ts";
import type { Verdict } from "../shields/shield.ts";

/** OpenAI's categories. */
const openaiCategories = [
  "harassment",
  "harassment/threatening",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/instructions",
  "self-harm/intent",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
] as const;

/** Hazards of Llama Guard by the nearest name that OpenAI has, or by their own where it has none. */
const guardNames: Readonly<Record<string, readonly string[]>> = {
  S1: ["violence"],
  S2: ["illicit"],
  S3: ["sexual"],
  S4: ["sexual/minors"],
  S5: ["defamation"],
  S6: ["specialized-advice"],
  S7: ["privacy"],
  S8: ["intellectual-property"],
  S9: ["illicit/violent"],
  S10: ["hate"],
  S11: ["self-harm"],
  S12: ["sexual"],
  S13: ["elections"],
  S14: ["code-interpreter-abuse"],
};

/** What the wire calls a category of a verdict. */
const toNames = (code: string): readonly string[] => guardNames[code] ?? [code];

/** Verdicts on one text -> a result; each category has the highest score of those that hit it. */
export function toModerationResult(verdicts: readonly Verdict[]): ModerationResult {
  const scores = new Map<string, number>(openaiCategories.map((name) => [name, 0]));
  const hit = new Set<string>();
  for (const { flagged, score, categories } of verdicts) {
    for (const name of categories.flatMap(toNames)) {
      scores.set(name, Math.max(scores.get(name) ?? 0, score));
      if (flagged) hit.add(name);
    }
  }
  const names = [...scores.keys()];
  const flagged = verdicts.filter((verdict) => verdict.flagged);
  return {
    flagged: flagged.length > 0,
    categories: Object.fromEntries(names.map((name) => [name, hit.has(name)])),
    category_applied_input_types: Object.fromEntries(
      names.map((name) => [name, hit.has(name) ? ["text"] : []]),
    ),
    category_scores: Object.fromEntries(scores),
    user_message: flagged.length === 0 ? null : flagged.map(({ reason }) => reason).join("; "),
    metadata: Object.fromEntries(
      verdicts.map(({ shield, score, categories }) => [shield, { score, categories: [...categories] }]),
    ),
  };
}

/** A verdict -> a violation, or none; `message` is what the user may be told. */
export function toRunShieldResponse(verdict: Verdict, message: string): RunShieldResponse {
  if (!verdict.flagged) return { violation: null };
  const [first] = verdict.categories;
  return {
    violation: {
      violation_level: "error",
      user_message: message,
      metadata: {
        violation_type: first ?? null,
        ...(guardCategories.some(({ code }) => code === first) && {
          violation_name: guardCategories.find(({ code }) => code === first)!.name,
        }),
        categories: [...verdict.categories],
        score: verdict.score,
        reason: verdict.reason,
      },
    },
  };
}
