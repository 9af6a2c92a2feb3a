/** Training data that a teacher writes. */
export {
  findTeacherFamily,
  type NamingDuty,
  type TeacherFamily,
  teacherFamilies,
} from "./license/teacher-families.ts";
export { checkTeacherLicense, type TeacherLicense, TeacherLicenseError } from "./license/teacher-license.ts";
export { parseSynthRecipe, type SynthRecipe, type SynthTask } from "./recipe.ts";
export type { HfMessage, SynthRecord } from "./records.ts";
export {
  runsCode,
  type SynthOptions,
  type SynthProgress,
  type SynthResult,
  synthesize,
} from "./synthesize.ts";
export type { SynthLineage } from "./write-output.ts";
