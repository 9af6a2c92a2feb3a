import { setTimeout as sleep } from "node:timers/promises";
import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { exitCodes } from "../errors.ts";
import { switchFlag } from "../flags.ts";
import { chooseServers, isRunning, runningServers, type ServerNote } from "../serve/running-servers.ts";

const pollMs = 50;
/** A server that was told to end at once. */
const nowMs = 5000;

export const command: CommandDefinition = defineCommand({
  arguments: "[server]",
  details: `SERVER is a process id, a port or a model, as llamero ps shows them; it may be left out where one server runs. The
server takes no more requests and ends when those under way are answered, at the latest after its --drain time.`,
  flags: {
    all: switchFlag("--all", "all servers of this user"),
    now: switchFlag("--now", "do not wait for what is under way"),
  },
  examples: ["llamero stop", "llamero stop 8321", "llamero stop --all --now"],
  async run([word], { all, now }) {
    const chosen = chooseServers(await runningServers(), word ?? null, all);
    if (chosen.length === 0) {
      process.stderr.write("No server runs\n");
      return;
    }
    const ended = await Promise.all(chosen.map((note) => stop(note, now)));
    return ended.every(Boolean) ? exitCodes.ok : exitCodes.fault;
  },
});

async function stop({ pid, url, models }: ServerNote, now: boolean): Promise<boolean> {
  const name = `${models.join(", ")} at ${url} (process ${pid})`;
  signal(pid);
  process.stderr.write(`Stopping ${name}\n`);
  if (!now) {
    while (isRunning(pid)) await sleep(pollMs);
    return true;
  }
  await sleep(pollMs);
  signal(pid);
  for (const end = performance.now() + nowMs; performance.now() < end; await sleep(pollMs))
    if (!isRunning(pid)) return true;
  process.stderr.write(`${name} does not end; kill -9 ${pid} would\n`);
  return false;
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    // Gone by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
