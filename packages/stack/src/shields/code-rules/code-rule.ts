/** Languages that rules are for. */
export type CodeLanguage = "python" | "javascript" | "c" | "java" | "php" | "shell" | "sql";

/** One way to write insecure code, found on a single line. */
export interface CodeRule {
  id: string;
  language: CodeLanguage;
  /** Number of the weakness in the Common Weakness Enumeration. */
  cwe: number;
  /** Errors are holes as they stand; warnings depend on where the values come from. */
  severity: "error" | "warning";
  title: string;
  pattern: RegExp;
  /** A line that the rule finds, and one close to it that it leaves alone; both are tested. */
  bad: string;
  good: string;
}

/** Names of the weaknesses, as the enumeration has them. */
export const weaknessNames: Readonly<Record<number, string>> = {
  22: "Path Traversal",
  78: "OS Command Injection",
  79: "Cross-site Scripting",
  89: "SQL Injection",
  94: "Code Injection",
  95: "Eval Injection",
  98: "PHP Remote File Inclusion",
  120: "Classic Buffer Overflow",
  134: "Use of Externally-Controlled Format String",
  242: "Use of Inherently Dangerous Function",
  250: "Execution with Unnecessary Privileges",
  295: "Improper Certificate Validation",
  327: "Use of a Broken or Risky Cryptographic Algorithm",
  328: "Use of Weak Hash",
  330: "Use of Insufficiently Random Values",
  338: "Use of Cryptographically Weak Pseudo-Random Number Generator",
  377: "Insecure Temporary File",
  489: "Active Debug Code",
  494: "Download of Code Without Integrity Check",
  502: "Deserialization of Untrusted Data",
  611: "XML External Entity Reference",
  614: "Sensitive Cookie Without Secure Attribute",
  676: "Use of Potentially Dangerous Function",
  732: "Incorrect Permission Assignment",
  798: "Use of Hard-coded Credentials",
  942: "Permissive Cross-domain Policy",
  943: "Improper Neutralization in Data Query Logic",
  1321: "Prototype Pollution",
  1336: "Template Injection",
};
