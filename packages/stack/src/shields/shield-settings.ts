import { z } from "zod";
import { numberField } from "../config/number-field.ts";
import { borders, type PolicyAction } from "./policy.ts";
import type { Border } from "./shield.ts";

/** A shield of the configuration file. */
export type ShieldSettings =
  | {
      id: string;
      type: "llama-guard";
      /** A model that is served. */
      model: string;
      prompt?: "8b" | "1b" | "stack" | "chat" | undefined;
      categories?: { code: string; name: string; description?: string | undefined }[] | undefined;
      excluded_categories?: string[] | undefined;
      threshold?: number | undefined;
    }
  | { id: string; type: "pii"; kinds?: (typeof piiKinds)[number][] | undefined }
  | { id: string; type: "code"; severity?: "warning" | "error" | undefined }
  | { id: string; type: "hidden-text" }
  | { id: string; type: "injection" | "content"; threshold?: number | undefined }
  | {
      id: string;
      type: "prompt-guard";
      /** Folder of an encoder with Prompt Guard's classes, or a pulled model. */
      model: string;
      threshold?: number | undefined;
      temperature?: number | undefined;
    };

/** One rule of the policy. */
export interface RuleSettings {
  shields: string[];
  on_hit: PolicyAction;
  threshold?: number | undefined;
}

/** `policy` of the configuration file; what is absent is as in `defaultPolicy`. */
export interface PolicySettings {
  borders?: Partial<Record<Border, RuleSettings[] | undefined>> | undefined;
  hold_until?: "tokens" | "sentence" | "answer" | undefined;
  hold_tokens?: number | undefined;
  timeout_seconds?: number | undefined;
  refusal?: string | undefined;
}

/** Without a policy, for the model that ships with the package: it has no caution of its own to speak of. */
export const embeddedPolicy: PolicySettings = {
  borders: {
    user_input: [
      { shields: ["content"], on_hit: "refuse" },
      { shields: ["injection"], on_hit: "log" },
    ],
    tool_call: [{ shields: ["code"], on_hit: "ask" }],
    tool_result: [{ shields: ["hidden-text", "injection"], on_hit: "redact" }],
    retrieved_text: [{ shields: ["hidden-text", "injection"], on_hit: "redact" }],
  },
};

/** What the detectors of personal data find. */
const piiKinds = ["email", "phone", "ip", "mac", "iban", "card", "id", "key", "birth", "address"] as const;

/** Shields that are always there, under the names of their types. */
export const builtInShields = ["pii", "code", "hidden-text", "injection", "content"] as const;

/** Those that can take a hit out of a text. */
const redacting: ReadonlySet<string> = new Set(["pii", "hidden-text", "injection"]);

const id = z
  .string()
  .min(1)
  .max(128)
  .regex(
    /^\w[\w.:-]*(\/\w[\w.:-]*)*$/,
    "An id has letters, digits, _, ., : and -, and / between parts that begin with a letter or digit",
  );
const share = numberField(z.number().min(0).max(1));

/** Shields of the configuration file. */
export const shieldsSchema: z.ZodType<ShieldSettings[]> = z
  .array(
    z.discriminatedUnion(
      "type",
      [
        z.strictObject({
          id,
          type: z.literal("llama-guard"),
          model: z.string().min(1).max(200),
          prompt: z.enum(["8b", "1b", "stack", "chat"]).optional(),
          categories: z
            .array(
              z.strictObject({
                code: z.string().regex(/^[A-Z]+\d+$/, "A code is capitals and a number, such as S1"),
                name: z.string().min(1).max(200),
                description: z.string().min(1).max(4000).optional(),
              }),
            )
            .min(1)
            .max(100)
            .optional(),
          excluded_categories: z.array(z.string().min(1)).optional(),
          threshold: share.optional(),
        }),
        z.strictObject({ id, type: z.literal("pii"), kinds: z.array(z.enum(piiKinds)).min(1).optional() }),
        z.strictObject({
          id,
          type: z.literal("code"),
          severity: z.enum(["warning", "error"]).optional(),
        }),
        z.strictObject({ id, type: z.literal("hidden-text") }),
        z.strictObject({ id, type: z.literal("injection"), threshold: share.optional() }),
        z.strictObject({ id, type: z.literal("content"), threshold: share.optional() }),
        z.strictObject({
          id,
          type: z.literal("prompt-guard"),
          model: z.string().min(1).max(1000),
          threshold: share.optional(),
          temperature: numberField(z.number().min(0.01).max(100)).optional(),
        }),
      ],
      {
        error:
          "The types of shields are llama-guard, pii, code, hidden-text, injection, content and prompt-guard",
      },
    ),
  )
  .refine((shields) => new Set(shields.map((each) => each.id)).size === shields.length, {
    error: "Two shields have one id; give each its own",
  });

const rules = z
  .array(
    z.strictObject({
      shields: z.array(id).min(1),
      on_hit: z.enum(["refuse", "redact", "ask", "log"]),
      threshold: share.optional(),
    }),
  )
  .optional();

/** The policy of the configuration file. */
export const policySchema: z.ZodType<PolicySettings> = z.strictObject({
  borders: z
    .strictObject({
      user_input: rules,
      model_output: rules,
      tool_call: rules,
      tool_result: rules,
      retrieved_text: rules,
    } satisfies Record<Border, typeof rules>)
    .optional(),
  hold_until: z.enum(["tokens", "sentence", "answer"]).optional(),
  hold_tokens: numberField(z.int().min(1).max(4096)).optional(),
  timeout_seconds: numberField(z.number().min(0.01).max(600)).optional(),
  refusal: z.string().min(1).max(1000).optional(),
});

/** Something in a policy that fits no shield or border. */
export interface PolicyProblem {
  path: (string | number)[];
  message: string;
}

/** What a policy says that cannot be done: shields that there are not, redactions by those that cannot, and so on. */
export function policyProblems(
  policy: PolicySettings = {},
  shields: readonly ShieldSettings[] = [],
): PolicyProblem[] {
  const types = new Map<string, string>([
    ...builtInShields.map((each) => [each, each] as const),
    ...shields.map((each) => [each.id, each.type] as const),
  ]);
  return borders.flatMap((border) =>
    (policy.borders?.[border] ?? []).flatMap((rule, index): PolicyProblem[] => {
      const path = ["policy", "borders", border, index];
      const problems = rule.shields.flatMap((each, at): PolicyProblem[] => {
        const type = types.get(each);
        if (type === undefined) {
          const message = `There is no shield ${each}; there is ${[...types.keys()].join(", ")}`;
          return [{ path: [...path, "shields", at], message }];
        }
        return rule.on_hit === "redact" && !redacting.has(type)
          ? [
              {
                path: [...path, "on_hit"],
                message: `${each} cannot redact; pii, hidden-text and injection shields can`,
              },
            ]
          : [];
      });
      if (rule.on_hit === "ask" && border !== "tool_call")
        problems.push({ path: [...path, "on_hit"], message: "A person can be asked about calls only" });
      if (rule.on_hit === "redact" && border === "tool_call")
        problems.push({ path: [...path, "on_hit"], message: "A call cannot be redacted; refuse it or ask" });
      return problems;
    }),
  );
}
