import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Keeps two runs from writing to one folder; a lock whose process is gone counts for nothing. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, ".lock");
  for (let isSecondTry = false; ; isSecondTry = true) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      const pid = Number(readFileSync(path, "utf8"));
      if (isSecondTry || (pid !== process.pid && isAlive(pid)))
        throw new Error(`Process ${pid} is writing to ${folder}; wait for it or take another output folder`, {
          cause,
        });
      rmSync(path, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
