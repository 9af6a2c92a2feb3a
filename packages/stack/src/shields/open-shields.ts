import type { GuardCategory, TextModel } from "@llamero/core";
import { HttpError } from "../http/http-error.ts";
import { BorderGuard, type CheckRecord, type GuardBorder } from "./border-guard.ts";
import { createCodeShield } from "./code-shield.ts";
import { createHiddenTextShield } from "./hidden-text-shield.ts";
import { type GuardPromptForm, LlamaGuardShield } from "./llama-guard-shield.ts";
import { openClassifier } from "./open-classifier.ts";
import { createPiiShield } from "./pii-shield.ts";
import { defaultPolicy, type Policy } from "./policy.ts";
import { PromptGuardShield } from "./prompt-guard.ts";
import type { Border, Shield } from "./shield.ts";
import { type PolicySettings, policyProblems, type ShieldSettings } from "./shield-settings.ts";
import { createTrainedShield } from "./trained/trained-shield.ts";

/** A shield and what it is made of, as `/v1/shields` lists it. */
export interface NamedShield {
  shield: Shield;
  /** Type or model, such as `pii` or `meta-llama/Llama-Guard-3-8B`. */
  resource: string;
  params: Readonly<Record<string, string | number | string[]>> | null;
}

export interface ShieldOptions {
  settings?: readonly ShieldSettings[] | undefined;
  policy?: PolicySettings | undefined;
  /** Shields of one's own. */
  own?: readonly Shield[] | undefined;
}

/** What shields need of a server. */
export interface ShieldContext {
  /** A served model, without shields around it; throws where there is none. */
  findModel: (name: string) => Pick<TextModel, "chat" | "complete">;
  onCheck?: (record: CheckRecord) => void;
  onError?: (error: unknown) => void;
}

/** The shields of a server and the policy that says where they stand. */
export class Shields {
  readonly all: readonly NamedShield[];
  readonly guard: BorderGuard;
  readonly #context: ShieldContext;

  constructor(all: readonly NamedShield[], policy: Policy, context: ShieldContext) {
    this.all = all;
    this.#context = context;
    this.guard = new BorderGuard({
      policy,
      find: (id) => {
        const found = this.find(id);
        if (found === null) throw new TypeError(`The policy names the shield ${id}, which there is not`);
        return found.shield;
      },
      onCheck: context.onCheck,
      onError: context.onError,
    });
  }

  /** By id, with or without the provider before it, or by its model or type. */
  find(name: string): NamedShield | null {
    const plain = name.replace(/^llamero\//, "");
    return (
      this.all.find(({ shield }) => shield.id === plain || shield.id === name) ??
      this.all.find(({ resource }) => resource === plain || resource === name) ??
      null
    );
  }

  /** Ids of the shields that judge at a border: those of the policy, or all where it has none there. */
  idsAt(border: Border): string[] {
    const ids = this.guard.rulesAt(border).flatMap((rule) => rule.shields);
    return ids.length > 0 ? [...new Set(ids)] : this.all.map(({ shield }) => shield.id);
  }

  /** Loads what the shields judge with. */
  async open(): Promise<void> {
    try {
      for (const { shield } of this.all) await shield.open?.();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const { shield } of this.all) await shield.close?.();
  }

  /** A shield of Llama Guard's kind over a model that is served. */
  overModel(id: string, model: string, params: Readonly<Record<string, unknown>> = {}): NamedShield {
    const excluded = params["excluded_categories"];
    const threshold = params["threshold"];
    return openGuard(
      {
        id,
        type: "llama-guard",
        model,
        ...(Array.isArray(excluded) && { excluded_categories: excluded.map(String) }),
        ...(typeof threshold === "number" && { threshold }),
      },
      this.#context,
    );
  }

  /** Judges text at a border of the policy, for whoever moves text across one. */
  readonly guardBorder: GuardBorder = (border, text, conversation, signal) =>
    this.guard.check({ border, text, conversation }, signal);
}

/** Opens the shields of a configuration; throws TypeError for what does not fit. */
export function openShields(
  { settings = [], policy, own = [] }: ShieldOptions,
  context: ShieldContext,
): Shields {
  const configured = settings.map((each) => openShield(each, context));
  const taken = new Set(configured.map(({ shield }) => shield.id));
  const builtIn = [
    createPiiShield(),
    createCodeShield(),
    createHiddenTextShield(),
    createTrainedShield({ kind: "injection" }),
    createTrainedShield({ kind: "content" }),
  ]
    .filter(({ id }) => !taken.has(id))
    .map((shield): NamedShield => ({ shield, resource: shield.id, params: null }));
  const [problem] = policyProblems(policy, [
    ...settings,
    // What a shield of one's own can do shows when it does it.
    ...own.map(({ id }): ShieldSettings => ({ id, type: "pii" })),
  ]);
  if (problem !== undefined) throw new TypeError(`${problem.path.join(".")}: ${problem.message}`);
  const all = [
    ...configured,
    ...own.map((shield) => ({ shield, resource: shield.id, params: null })),
    ...builtIn,
  ];
  return new Shields(all, toPolicy(policy), context);
}

/** A policy of a configuration with what it leaves out. */
export function toPolicy(settings: PolicySettings = {}): Policy {
  const { borders, hold_until, hold_tokens, timeout_seconds, refusal } = settings;
  const rules = Object.entries(borders ?? {}).flatMap(([border, each]) =>
    each === undefined
      ? []
      : [[border, each.map(({ shields, on_hit, threshold }) => ({ shields, onHit: on_hit, threshold }))]],
  );
  return {
    borders: borders === undefined ? defaultPolicy.borders : Object.fromEntries(rules),
    hold: {
      until: hold_until ?? defaultPolicy.hold.until,
      tokens: hold_tokens ?? defaultPolicy.hold.tokens,
    },
    timeoutMs: timeout_seconds === undefined ? defaultPolicy.timeoutMs : timeout_seconds * 1000,
    refusal: refusal ?? defaultPolicy.refusal,
  };
}

function openShield(settings: ShieldSettings, context: ShieldContext): NamedShield {
  const { id } = settings;
  switch (settings.type) {
    case "llama-guard":
      return openGuard(settings, context);
    case "pii": {
      const { kinds } = settings;
      return {
        shield: createPiiShield({ id, kinds }),
        resource: "pii",
        params: kinds === undefined ? null : { kinds },
      };
    }
    case "code": {
      const { severity } = settings;
      return {
        shield: createCodeShield({ id, ...(severity && { severity }) }),
        resource: "code",
        params: severity === undefined ? null : { severity },
      };
    }
    case "prompt-guard": {
      const { model, threshold, temperature } = settings;
      return {
        shield: new PromptGuardShield({ id, load: () => openClassifier(id, model), threshold, temperature }),
        resource: model,
        params: {
          ...(threshold !== undefined && { threshold }),
          ...(temperature !== undefined && { temperature }),
        },
      };
    }
    case "hidden-text":
      return { shield: createHiddenTextShield({ id }), resource: "hidden-text", params: null };
    case "injection":
    case "content": {
      const { type: kind, threshold } = settings;
      return {
        shield: createTrainedShield({ kind, id, threshold }),
        resource: kind,
        params: threshold === undefined ? null : { threshold },
      };
    }
    default:
      return settings satisfies never;
  }
}

function openGuard(
  settings: Extract<ShieldSettings, { type: "llama-guard" }>,
  { findModel }: ShieldContext,
): NamedShield {
  const { id, model: name, prompt, categories, excluded_categories: excluded, threshold } = settings;
  const model = findGuardModel(id, name, findModel);
  return {
    shield: new LlamaGuardShield({
      id,
      model,
      form: prompt ?? formOf(name),
      categories: categories?.map(
        ({ description, ...each }): GuardCategory =>
          description === undefined ? each : { ...each, description },
      ),
      excluded,
      threshold,
    }),
    resource: name,
    params: {
      ...(excluded && { excluded_categories: excluded }),
      ...(threshold !== undefined && { threshold }),
      ...(categories && { categories: categories.map(({ code }) => code) }),
    },
  };
}

function findGuardModel(
  id: string,
  name: string,
  findModel: ShieldContext["findModel"],
): ReturnType<ShieldContext["findModel"]> {
  // `meta-llama/Llama-Guard-3-8B` is served as `Llama-Guard-3-8B`.
  const names = [name, name.replace(/^.*\//, "")];
  for (const each of names) {
    try {
      return findModel(each);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      if (each === names.at(-1))
        throw new TypeError(`Shield ${id} judges with the model ${name}, which is not served`, {
          cause: error,
        });
    }
  }
  throw new TypeError(`Shield ${id} names no model`);
}

/** Models of the Llama Guard family get the bytes that they were trained on; others a message. */
function formOf(model: string): GuardPromptForm {
  if (!/guard/i.test(model)) return "chat";
  return /(?<![\d.])1b/i.test(model) ? "1b" : "8b";
}
