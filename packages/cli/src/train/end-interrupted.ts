import { exitCodes } from "../errors.ts";

/** Says where a run was stopped and how it goes on; gives the exit code. */
export function endInterrupted(
  where: string,
  goOn: string = "The same command with --resume goes on from there",
): number {
  process.stderr.write(`Interrupted ${where}\n${goOn}\n`);
  return exitCodes.interrupted;
}
