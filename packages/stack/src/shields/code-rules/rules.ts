import { cRules } from "./c.ts";
import type { CodeRule } from "./code-rule.ts";
import { javaRules } from "./java.ts";
import { javascriptRules } from "./javascript.ts";
import { phpRules } from "./php.ts";
import { pythonRules } from "./python.ts";
import { shellRules } from "./shell.ts";

/** Every rule about insecure code. */
export const codeRules: readonly CodeRule[] = [
  ...pythonRules,
  ...javascriptRules,
  ...cRules,
  ...javaRules,
  ...phpRules,
  ...shellRules,
];
