import type { ResponseRequest } from "../api/responses-request.ts";
import type { RouteServices } from "../routes/services.ts";
import { findShield } from "../routes/shields.ts";
import type { ServedModel } from "../served-models.ts";
import { BorderGuard } from "../shields/border-guard.ts";
import { guardModel } from "../shields/guard-model.ts";
import type { Shield } from "../shields/shield.ts";

/** The model behind the shields that a request names: what they hit of its input or of the answer is refused. */
export async function withGuardrails(
  served: ServedModel,
  { guardrails }: Pick<ResponseRequest, "guardrails">,
  owner: string,
  services: Pick<RouteServices, "shields" | "store">,
): Promise<ServedModel["model"]> {
  if (guardrails == null || guardrails.length === 0) return served.model;
  const found = new Map<string, Shield>();
  for (const [index, each] of guardrails.entries()) {
    const id = typeof each === "string" ? each : each.type;
    found.set(id, await findShield(services, id, owner, `guardrails[${index}]`));
  }
  const rules = [{ shields: [...found.keys()], onHit: "refuse" as const }];
  const guard = new BorderGuard({
    policy: {
      ...services.shields.guard.policy,
      borders: { user_input: rules, model_output: rules },
      // Nothing of an answer is said before the whole of it is judged.
      hold: { until: "answer", tokens: 0 },
    },
    find: (id) => found.get(id)!,
  });
  return guardModel(served, guard).model;
}
