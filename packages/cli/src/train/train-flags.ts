import type { Flag } from "../define-command.ts";
import { choiceFlag, switchFlag } from "../flags.ts";

/** Goes on with an interrupted run. */
export const resumeFlag: Flag<boolean> = switchFlag(
  "--resume",
  "go on with the run in the folder, if there is one",
);

/** What a training computes with; `description` says for which part of the command. */
export const trainBackendFlag = (description: string): Flag<"native" | "reference" | null> =>
  choiceFlag("--backend <name>", description, ["native", "reference"] as const, null);
