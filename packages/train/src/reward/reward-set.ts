import { resolve } from "node:path";
import { readFields } from "../data/pipeline/fields.ts";
import { refuseUnknownNames } from "../synth/nearest-name.ts";
import { makesCall, refusesRightly } from "./chat-verifiers.ts";
import type { Judged, Verdict, Verifier, VerifierMeans } from "./verifiers.ts";
import {
  type AnswerPart,
  checkSchema,
  exactAnswer,
  keepsForm,
  matchesPattern,
  passesTests,
  validJson,
  withinLength,
} from "./verifiers.ts";

/** A verifier with its share in the reward. */
export interface RewardRule {
  verifier: Verifier;
  weight: number;
  /** Without it the whole reward is 0. */
  required: boolean;
}

/** What rewards answers: rules, a reward model, or both. */
export interface RewardSet {
  rules: readonly RewardRule[];
  /** Folder of a reward model, whose score counts as sigmoid(score). */
  model: { path: string; weight: number } | null;
  /** Where it was read from: what a run may not change when it goes on. */
  spec?: unknown;
}

const shared = ["kind", "weight", "required"];
type Fields = ReturnType<typeof readFields>;

/** How each kind of rule is read: its fields, and the verifier that they make. */
const kinds: Readonly<
  Record<string, { fields: readonly string[]; make(fields: Fields, owner: string): Verifier }>
> = {
  exact: {
    fields: ["answer", "part", "ignoreCase"],
    make(fields, owner) {
      const part = fields.text("part", "whole");
      if (!["whole", "last line", "last number"].includes(part))
        throw new SyntaxError(`${owner}: part takes whole, last line, last number, not ${part}`);
      return exactAnswer({
        answer: fields.text("answer", null),
        part: part as AnswerPart,
        ignoreCase: fields.take("ignoreCase") === true,
      });
    },
  },
  regex: {
    fields: ["pattern", "flags"],
    make: (fields) =>
      matchesPattern({ pattern: fields.text("pattern", null), flags: fields.text("flags", "u") }),
  },
  json: {
    fields: ["schema"],
    make(fields, owner) {
      const schema = fields.take("schema");
      return validJson({ schema: schema === undefined ? null : checkSchema(schema, `${owner}: schema`) });
    },
  },
  tests: {
    fields: ["language", "seconds"],
    make(fields, owner) {
      const language = fields.text("language", "python");
      if (language !== "python" && language !== "javascript")
        throw new SyntaxError(`${owner}: language takes python, javascript, not ${language}`);
      return passesTests({ language, seconds: fields.number("seconds", 10)! });
    },
  },
  length: {
    fields: ["minWords", "maxWords", "minCharacters", "maxCharacters"],
    make: (fields) =>
      withinLength({
        minWords: fields.number("minWords", 0)!,
        maxWords: fields.number("maxWords", Infinity)!,
        minCharacters: fields.number("minCharacters", 0)!,
        maxCharacters: fields.number("maxCharacters", Infinity)!,
      }),
  },
  call: { fields: [], make: makesCall },
  refusal: { fields: [], make: refusesRightly },
  form: { fields: ["rules"], make: (fields) => keepsForm(fields.list("rules").map(String)) },
};

/** Reads the list of rewards of a recipe. Throws SyntaxError naming what is wrong. */
export function parseRewards(owner: string, value: unknown, folder: string): RewardSet {
  if (!Array.isArray(value) || value.length === 0)
    throw new SyntaxError(`${owner} takes a list of rewards: model, ${Object.keys(kinds).join(", ")}`);
  const rules: RewardRule[] = [];
  let model: RewardSet["model"] = null;
  for (const [index, each] of value.entries()) {
    const at = `${owner}[${index}]`;
    const fields = readFields(at, typeof each === "string" ? { kind: each } : each);
    const kind = fields.text("kind");
    const weight = fields.number("weight", 1)!;
    if (kind === "model") {
      if (model !== null) throw new SyntaxError(`${at}: there can be one reward model`);
      model = { path: resolve(folder, fields.text("path")), weight };
      fields.finish();
      continue;
    }
    const row = Object.hasOwn(kinds, kind) ? kinds[kind]! : null;
    if (row === null)
      throw new SyntaxError(`${at}: kind is ${kind}; it takes model, ${Object.keys(kinds).join(", ")}`);
    refuseUnknownNames(at, Object.keys(typeof each === "string" ? {} : (each as object)), [
      ...shared,
      ...row.fields,
    ]);
    try {
      rules.push({ verifier: row.make(fields, at), weight, required: fields.take("required") === true });
    } catch (cause) {
      if (cause instanceof SyntaxError && cause.message.startsWith(at)) throw cause;
      throw new SyntaxError(`${at}: ${(cause as Error).message}`, { cause });
    }
  }
  return { rules, model, spec: value };
}

/** Throws RangeError where nothing rewards an answer to a prompt of this expectation. */
export function checkRewards({ rules, model }: RewardSet, source: string, expect: Judged["expect"]): void {
  if (model !== null || rules.some(({ verifier }) => verifier.applies(expect))) return;
  const names = rules.map(({ verifier }) => verifier.kind).join(", ");
  throw new RangeError(
    `${source}: no reward applies; its expect has ${Object.keys(expect).join(", ") || "nothing"}, and the rewards are ${names}`,
  );
}

/** Mean of the rewards that apply, by weight; `modelScore` is that of the reward model, where there is one. */
export async function rewardOf(
  { rules, model }: RewardSet,
  judged: Judged,
  modelScore: number | null,
  means: VerifierMeans,
): Promise<Verdict> {
  let [sum, weights] = [0, 0];
  let why: string | null = null;
  for (const { verifier, weight, required } of rules) {
    if (!verifier.applies(judged.expect)) continue;
    const verdict = await verifier.verify(judged, means);
    if (required && verdict.score < 1) return { score: 0, why: verdict.why };
    why ??= verdict.why;
    sum += weight * verdict.score;
    weights += weight;
  }
  if (model !== null && modelScore !== null) {
    sum += model.weight / (1 + Math.exp(-modelScore));
    weights += model.weight;
  }
  return { score: weights === 0 ? 0 : sum / weights, why };
}
