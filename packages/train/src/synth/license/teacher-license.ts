import { dutyOfLicense, findTeacherFamily, type NamingDuty } from "./teacher-families.ts";

/** Under what a teacher's answers may be used; travels with every record. */
export interface TeacherLicense {
  teacher: string;
  /** Null for a model that the table does not know. */
  family: string | null;
  license: string;
  duty: NamingDuty | null;
}

/** A teacher whose answers may not be used as the recipe has it. */
export class TeacherLicenseError extends Error {
  override name = "TeacherLicenseError";
}

/** The licence of a teacher, by its name and by what the recipe says. Throws where the duties of it are not met. */
export function checkTeacherLicense(
  teacher: string,
  { license, modelName }: { license: string | null; modelName: string | null },
): TeacherLicense {
  const family = findTeacherFamily(teacher);
  if (family?.forbidden !== undefined)
    throw new TeacherLicenseError(`Answers of ${teacher} cannot be trained on: ${family.forbidden}`);
  const found = license ?? family?.license ?? null;
  if (found === null)
    throw new TeacherLicenseError(
      `The licence of ${teacher} is not known; give it as teacher.license in the recipe, such as apache-2.0`,
    );
  const duty = family?.duty ?? dutyOfLicense(found);
  checkModelName(`Answers of ${teacher}`, duty, modelName, "model_name in the recipe");
  // What a recipe says does not take away the duties of a family that is known.
  const shown = family?.duty ? family.license : found;
  return { teacher, family: family?.family ?? null, license: shown, duty };
}

/** Throws where a model's name does not do what a duty asks. */
export function checkModelName(
  owner: string,
  duty: NamingDuty | null,
  modelName: string | null,
  field: string,
): void {
  if (duty === null || modelName?.startsWith(duty.namePrefix)) return;
  const given = modelName === null ? "is missing" : `is ${modelName}`;
  throw new TeacherLicenseError(
    `${owner} are refused: the licence asks that a model trained on them has a name beginning with "${duty.namePrefix}" and shows "${duty.notice}", but ${field} ${given}; give one such as ${duty.namePrefix}-My-Model`,
  );
}
