import type { RunCode } from "../task.ts";
import type { Sandbox } from "./types.ts";

/** The sandbox as tasks use it. */
export const sandboxRunCode =
  (sandbox: Sandbox): RunCode =>
  (language, code, options = {}) =>
    sandbox.run({ language, code, ...options });
