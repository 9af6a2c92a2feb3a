import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dutyOfLicense, type NamingDuty } from "./teacher-families.ts";
import { checkModelName } from "./teacher-license.ts";

/** A duty that came with a source of a mix. */
export interface SourceDuty extends NamingDuty {
  source: string;
}

interface DutySource {
  name: string;
  license: string;
  paths: readonly string[];
}

/**
 * Duties that sources bring along: by the lineage beside or above their files, or by the words of their licence. Throws
 * where the name of the model to be trained does not meet them.
 */
export function collectSourceDuties(sources: readonly DutySource[], modelName: string | null): SourceDuty[] {
  const duties: SourceDuty[] = [];
  for (const { name, license, paths } of sources) {
    const folders = new Set(paths.flatMap((path) => [dirname(path), dirname(dirname(path))]));
    const found = [dutyOfLicense(license), ...[...folders].flatMap(dutiesOfFolder)];
    for (const duty of found) {
      if (duty === null) continue;
      checkModelName(`Texts of the source ${name}`, duty, modelName, "model_name in the configuration");
      const { namePrefix, notice } = duty;
      if (!duties.some((each) => each.source === name && each.namePrefix === namePrefix))
        duties.push({ source: name, namePrefix, notice });
    }
  }
  return duties;
}

/** Duties in the `lineage.json` of a run, made by a teacher or mixed from others. */
function dutiesOfFolder(folder: string): NamingDuty[] {
  const path = join(folder, "lineage.json");
  if (!existsSync(path)) return [];
  let lineage: unknown;
  try {
    lineage = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new SyntaxError(`${path} is not JSON, so the duties of the texts beside it are not known`, {
      cause,
    });
  }
  const duties: unknown = Reflect.get(Object(lineage), "duties");
  return (Array.isArray(duties) ? duties : []).filter(isDuty);
}

const isDuty = (value: unknown): value is NamingDuty =>
  typeof Reflect.get(Object(value), "namePrefix") === "string" &&
  typeof Reflect.get(Object(value), "notice") === "string";
