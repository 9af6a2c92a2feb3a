import { type CodeLanguage, type CodeRule, weaknessNames } from "./code-rules/code-rule.ts";
import { codeRules } from "./code-rules/rules.ts";
import type { Shield, ShieldInput, Verdict } from "./shield.ts";

/** Insecure code at a line of a text. */
export interface CodeFind {
  rule: CodeRule;
  /** From 1, in the whole text. */
  line: number;
}

export interface CodeShieldOptions {
  /** Default `code`. */
  id?: string;
  /** Finds below it are no hits; default warning. */
  severity?: CodeRule["severity"];
}

/** Labels of fenced blocks. */
const labels: Readonly<Record<string, CodeLanguage>> = {
  python: "python",
  py: "python",
  python3: "python",
  javascript: "javascript",
  js: "javascript",
  jsx: "javascript",
  mjs: "javascript",
  typescript: "javascript",
  ts: "javascript",
  tsx: "javascript",
  c: "c",
  h: "c",
  cpp: "c",
  "c++": "c",
  cc: "c",
  java: "java",
  php: "php",
  sh: "shell",
  bash: "shell",
  shell: "shell",
  zsh: "shell",
  console: "shell",
  sql: "sql",
};

const comments: { readonly [L in CodeLanguage]: RegExp } = {
  python: /^\s*#/,
  javascript: /^\s*(?:\/\/|\*|\/\*)/,
  c: /^\s*(?:\/\/|\*|\/\*)/,
  java: /^\s*(?:\/\/|\*|\/\*)/,
  php: /^\s*(?:\/\/|#|\*|\/\*)/,
  shell: /^\s*#/,
  sql: /^\s*--/,
};

/** Longer lines are generated, not written; rules see this much of them. */
const maxLineLength = 2000;

/**
 * Insecure lines of a text. Where it has fenced blocks, only what is in them is code; a block without a known label, and
 * a text without blocks, are tried as every language. Comments are left out.
 */
export function findInsecureCode(text: string): CodeFind[] {
  const lines = text.split(/\r?\n/);
  const hasBlocks = lines.some((line) => /^\s*(?:```|~~~)/.test(line));
  const found: CodeFind[] = [];
  let isCode = !hasBlocks;
  let language: CodeLanguage | undefined;
  for (const [index, full] of lines.entries()) {
    const fence = /^\s*(?:```|~~~)\s*([\w+#-]*)/.exec(full);
    if (fence !== null) {
      isCode = !isCode;
      language = isCode ? labels[fence[1]!.toLowerCase()] : undefined;
      continue;
    }
    if (!isCode || full.trim() === "") continue;
    const line = full.slice(0, maxLineLength);
    for (const rule of codeRules) {
      if (language !== undefined && rule.language !== language) continue;
      if (comments[rule.language].test(line) || !rule.pattern.test(line)) continue;
      found.push({ rule, line: index + 1 });
    }
  }
  return found;
}

/** A shield that finds insecure code by rules; categories are numbers of weaknesses, such as `CWE-89`. */
export function createCodeShield({ id = "code", severity = "warning" }: CodeShieldOptions = {}): Shield {
  return {
    id,
    async check({ text }: ShieldInput): Promise<Verdict> {
      const found = findInsecureCode(text).filter(
        ({ rule }) => severity === "warning" || rule.severity === "error",
      );
      const [first] = found;
      if (first === undefined)
        return { shield: id, flagged: false, score: 0, categories: [], reason: "No insecure code" };
      const { cwe, title } = first.rule;
      const more = found.length === 1 ? "" : `, and ${found.length - 1} more`;
      return {
        shield: id,
        flagged: true,
        score: found.some(({ rule }) => rule.severity === "error") ? 1 : 0.6,
        categories: [...new Set(found.map(({ rule }) => `CWE-${rule.cwe}`))],
        reason: `Line ${first.line}: ${title} (CWE-${cwe}, ${weaknessNames[cwe]})${more}`,
      };
    },
  };
}
