/** What the licence of a teacher asks of whoever trains on its answers. */
export interface NamingDuty {
  /** How the name of the trained model must begin. */
  namePrefix: string;
  /** What must be shown with it. */
  notice: string;
}

/** Models of one maker under one licence. */
export interface TeacherFamily {
  family: string;
  /** Of names in lower case. */
  pattern: RegExp;
  license: string;
  duty: NamingDuty | null;
  /** Why answers may not be trained on, where they may not. */
  forbidden?: string;
}

const llamaDuty: NamingDuty = { namePrefix: "Llama", notice: "Built with Llama" };

/**
 * The first that fits counts. Made from the published licence texts of the families; it is no legal advice, and
 * `teacher.license` says what it does not know.
 */
export const teacherFamilies: readonly TeacherFamily[] = [
  {
    family: "TinyLlama and OpenLLaMA",
    pattern: /tiny[-_ ]?llama|open[-_ ]?llama/,
    license: "Apache-2.0",
    duty: null,
  },
  {
    family: "Llama 3.1 and later",
    pattern: /llama[-_ ]?v?(3([._p]|-(?=[1-3]-))[1-9]|4|guard-[34])/,
    license: "Llama Community License",
    duty: llamaDuty,
  },
  {
    family: "Llama 1 to 3.0",
    pattern: /llama[-_ ]?v?[123](?!\d)|meta[-_ ]llama|code[-_ ]?llama/,
    license: "Llama Community License",
    duty: llamaDuty,
    forbidden: "its licence allows answers to improve Llama itself only; take Llama 3.1 or later",
  },
  { family: "SmolLM", pattern: /smol-?lm/, license: "Apache-2.0", duty: null },
  { family: "Qwen3", pattern: /qwen-?3/, license: "Apache-2.0", duty: null },
  {
    family: "Qwen2.5",
    pattern: /qwen-?2\.5(?!.*(?:3b|72b))/,
    license: "Apache-2.0",
    duty: null,
  },
  { family: "OLMo", pattern: /\bolmo/, license: "Apache-2.0", duty: null },
  { family: "Granite", pattern: /\bgranite/, license: "Apache-2.0", duty: null },
  { family: "Mistral 7B and Mixtral", pattern: /mistral-7b|mixtral-8x/, license: "Apache-2.0", duty: null },
  { family: "gpt-oss", pattern: /gpt-oss/, license: "Apache-2.0", duty: null },
  { family: "Phi", pattern: /\bphi-?[34]/, license: "MIT", duty: null },
];

/** The family that a model's name tells; null for one that the table does not know. */
export function findTeacherFamily(name: string): TeacherFamily | null {
  const lower = name.toLowerCase();
  return teacherFamilies.find(({ pattern }) => pattern.test(lower)) ?? null;
}

/** Whether a licence by its own words asks for the naming of Llama 3.1 and later. */
export function dutyOfLicense(license: string): NamingDuty | null {
  return /\bllama\b|\bllama[-_ ]?[34]|built with llama/i.test(license) ? llamaDuty : null;
}
