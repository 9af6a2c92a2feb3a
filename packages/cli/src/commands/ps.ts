import { type CommandDefinition, defineCommand } from "../define-command.ts";
import { jsonFlag } from "../flags.ts";
import { askServer, runningServers } from "../serve/running-servers.ts";
import { formatBytes, formatDuration } from "../terminal/human.ts";
import { printJson } from "../terminal/print-json.ts";
import { formatTable } from "../terminal/table.ts";

const shown = <T>(value: T | null, format: (value: T) => string = String): string =>
  value === null ? "-" : format(value);

export const command: CommandDefinition = defineCommand({
  arguments: "",
  details: `One line for each model of each server that this user runs with the same LLAMERO_HOME. LOAD is the requests being
computed and, after a plus sign, those that wait; UNLOADS is the time until an idle model gives its memory back.`,
  flags: { json: jsonFlag },
  examples: ["llamero ps", "llamero ps --json"],
  async run(_, { json }) {
    const notes = await runningServers();
    const servers = await Promise.all(notes.map(async (note) => ({ note, status: await askServer(note) })));
    if (json) {
      printJson(servers.map(({ note: { controlKey: _key, ...note }, status }) => ({ ...note, status })));
      return;
    }
    if (servers.length === 0) {
      process.stderr.write("No server runs. Start one: llamero serve\n");
      return;
    }
    const rows = servers.flatMap(({ note, status }) => {
      const { pid, url, models } = note;
      if (status === null)
        return models.map((model) => [String(pid), url, model, "no answer", "-", "-", "-", "-", "-"]);
      const common = (model: string): string[] => [String(pid), url, model];
      const streams = String(status.open_streams);
      const uptime = formatDuration(status.uptime_seconds);
      const local = status.models.map((each) => [
        ...common(each.model),
        status.status === "draining" ? "draining" : each.state,
        shown(each.state === "inline" ? status.memory_bytes : each.memory_bytes, formatBytes),
        each.running === null ? "-" : `${each.running}+${each.waiting ?? 0}`,
        streams,
        uptime,
        shown(each.unloads_in_seconds, formatDuration),
      ]);
      const remote = status.providers.map((id) => [
        ...common(`${id}/*`),
        "remote",
        "-",
        "-",
        streams,
        uptime,
        "-",
      ]);
      return [...local, ...remote];
    });
    const header = ["PID", "ADDRESS", "MODEL", "STATE", "MEMORY", "LOAD", "STREAMS", "UPTIME", "UNLOADS"];
    process.stdout.write(formatTable(header, rows, [0, 4, 5, 6, 7, 8]));
  },
});
