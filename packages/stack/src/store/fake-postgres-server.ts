import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const debianFolder = "/usr/lib/postgresql";

/** A PostgreSQL server of Debian's package with an empty database, on a free port. */
export interface PostgresServer {
  url: string;
  /** Ends every process of the server without a checkpoint, and starts it again from its log. */
  crash(): void;
  stop(): void;
}

/** Starts a server, or gives null where PostgreSQL is not installed. */
export function startPostgres(port: number): PostgresServer | null {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort() : [];
  const bin = join(debianFolder, versions.at(-1) ?? "none", "bin");
  if (!existsSync(join(bin, "initdb"))) return null;
  const folder = mkdtempSync(join(tmpdir(), "llamero-postgres-"));
  // The server refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: numericId("-u"), gid: numericId("-g") } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const call = (program: string, ...words: readonly string[]): void => {
    execFileSync(join(bin, program), words, { ...user, cwd: folder, stdio: "ignore" });
  };
  call("initdb", "-D", data, "-A", "trust", "-U", "llamero", "-E", "UTF8", "--locale=C");
  const control = (...words: readonly string[]): void => call("pg_ctl", "-D", data, "-w", ...words);
  const start = ["-o", `-p ${port} -k ${folder} -h 127.0.0.1`, "-l", join(folder, "log")];
  control(...start, "start");
  return {
    url: `postgres://llamero@127.0.0.1:${port}/postgres`,
    crash: () => control(...start, "-m", "immediate", "restart"),
    stop: () => {
      control("-m", "immediate", "stop");
      rmSync(folder, { recursive: true });
    },
  };
}

function numericId(flag: "-u" | "-g"): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
}
