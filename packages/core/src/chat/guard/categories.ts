/** A kind of content that a guard model looks for. */
export interface GuardCategory {
  /** As the model names it: `S1`. */
  code: string;
  /** As the prompt names it. */
  name: string;
  /** More for the model to go by, on lines of its own. */
  description?: string;
}

/**
 * Names of the hazards that Llama Guard 3 was trained on; the prompt needs them word for word. Source: model cards of
 * Llama Guard 3 in meta-llama/PurpleLlama, after the MLCommons taxonomy.
 */
export const guardCategories: readonly GuardCategory[] = [
  { code: "S1", name: "Violent Crimes" },
  { code: "S2", name: "Non-Violent Crimes" },
  { code: "S3", name: "Sex Crimes" },
  { code: "S4", name: "Child Exploitation" },
  { code: "S5", name: "Defamation" },
  { code: "S6", name: "Specialized Advice" },
  { code: "S7", name: "Privacy" },
  { code: "S8", name: "Intellectual Property" },
  { code: "S9", name: "Indiscriminate Weapons" },
  { code: "S10", name: "Hate" },
  { code: "S11", name: "Self-Harm" },
  { code: "S12", name: "Sexual Content" },
  { code: "S13", name: "Elections" },
  { code: "S14", name: "Code Interpreter Abuse" },
];
