import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Protection } from "./types.ts";

/** What a child process is started with, and what that protects from. */
export interface Walls {
  /** Commands in front of Node, outermost first. */
  wrapper: readonly string[];
  /** Flags of Node, without the files it may read. */
  flags: readonly string[];
  protections: readonly Protection[];
}

function findCommand(name: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    if (folder.startsWith("/") && existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

/** Null when the command works in front of another one, else why it does not. */
function tryWrapper(wrapper: readonly string[]): Promise<string | null> {
  const [command, ...args] = [...wrapper, process.execPath, "--version"];
  return new Promise((done) => {
    execFile(command!, args, { env: {}, timeout: 10_000 }, (error, _out, stderr) => {
      done(error === null ? null : stderr.trim().split("\n").at(-1) || error.message.split("\n")[0]!);
    });
  });
}

/** The name of Node's permission flag: without `experimental` from 22.13 and 23.5 on. */
export function permissionFlag(version: string): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isStable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return isStable ? "--permission" : "--experimental-permission";
}

const isolateProcesses = ["-n", "-p", "-i", "-f", "--kill-child"];

/** Ways to leave the network, the strongest first; `user` makes the user namespace that others than root need. */
const namespaces = [
  { user: true, flags: isolateProcesses },
  { user: false, flags: isolateProcesses },
  { user: true, flags: ["-n"] },
  { user: false, flags: ["-n"] },
] as const;

/** What Node and the interpreter may need beside: with 768, WebAssembly memory failed to grow while old ones waited for collection. */
const processMegabytes = 3072;

/** Finds out which walls this machine can put around a child that may use so much memory. */
export async function findWalls(
  megabytes: number,
  find: (name: string) => string | null = findCommand,
): Promise<Walls> {
  const protections: Protection[] = [
    {
      name: "permission-flags",
      isInForce: true,
      detail: "Node refuses files beyond the interpreter's own, child processes, workers, addons",
    },
    { name: "empty-environment", isInForce: true, detail: "no variable is handed on" },
    { name: "no-code-from-strings", isInForce: true, detail: "V8 refuses eval and Function in the host" },
  ];
  const note = (name: Protection["name"], isInForce: boolean, detail: string): void => {
    protections.push({ name, isInForce, detail });
  };
  const [unshare, setpriv, prlimit] = ["unshare", "setpriv", "prlimit"].map(find);

  // The signal of a dead parent is lost where credentials change, so it is set after the user namespace was made.
  let death = setpriv ? [setpriv, "--pdeathsig", "KILL"] : [];
  const deathProblem = setpriv ? await tryWrapper(death) : "setpriv (util-linux) is not installed";
  if (deathProblem !== null) death = [];

  let wrapper: string[] = death;
  let spaceProblem: string | null = unshare ? "" : "unshare (util-linux) is not installed";
  let processes = false;
  for (const space of unshare ? namespaces : []) {
    const candidate = [...(space.user ? [unshare!, "-r"] : []), ...death, unshare!, ...space.flags];
    const problem = await tryWrapper(candidate);
    spaceProblem = problem;
    if (problem !== null) continue;
    wrapper = candidate;
    processes = space.flags.length > 1;
    break;
  }
  const hasNetworkWall = spaceProblem === null;
  note(
    "network-namespace",
    hasNetworkWall,
    hasNetworkWall ? "the kernel gives the process no network" : `no network namespace: ${spaceProblem}`,
  );
  note(
    "process-namespace",
    processes,
    processes
      ? "the process sees and signals no other"
      : `no process namespace: ${spaceProblem ?? "refused"}`,
  );

  const limits = prlimit
    ? [prlimit, "--core=0", "--fsize=0", "--nofile=64", `--data=${(megabytes + processMegabytes) * 2 ** 20}`]
    : [];
  const limitProblem = prlimit
    ? await tryWrapper([...wrapper, ...limits])
    : "prlimit (util-linux) is not installed";
  note(
    "process-limits",
    limitProblem === null,
    limitProblem === null
      ? "the kernel limits memory and open files and lets no file grow"
      : `no limits by the kernel: ${limitProblem}`,
  );
  if (limitProblem === null) wrapper = [...wrapper, ...limits];

  note(
    "parent-death",
    deathProblem === null,
    deathProblem === null
      ? "the process ends with this one, even if this one is killed"
      : `code in an endless loop may outlive a kill of this process: ${deathProblem}`,
  );

  const flags = [
    permissionFlag(process.versions.node),
    "--disallow-code-generation-from-strings",
    "--no-warnings",
  ];
  return { wrapper, flags, protections };
}
