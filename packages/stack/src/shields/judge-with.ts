import { HttpError } from "../http/http-error.ts";
import type { RouteServices } from "../routes/services.ts";
import { runShield } from "./border-guard.ts";
import type { Shield, ShieldInput, Verdict } from "./shield.ts";

/** Asks one shield for a route; what fails in it becomes a 503 that names it. */
export async function judgeWith(
  { shields, onError }: Pick<RouteServices, "shields" | "onError">,
  shield: Shield,
  input: ShieldInput,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    return await runShield(shield, input, { signal, timeoutMs: shields.guard.policy.timeoutMs });
  } catch (error) {
    if (error instanceof HttpError) throw error;
    signal.throwIfAborted();
    onError(error);
    const message = `Shield ${shield.id} could not judge the ${input.border}: it failed`;
    throw new HttpError(503, message, { type: "server_error", code: "shield_failed" });
  }
}
