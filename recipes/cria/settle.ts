import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [rounds, to] = process.argv.slice(2);
if (rounds === undefined || to === undefined)
  throw new TypeError("Say which rounds and where to: settle.ts ROUNDS FOLDER");
const { model, finished } = JSON.parse(readFileSync(join(rounds, "rounds.json"), "utf8")) as {
  model: { path: string };
  finished: boolean;
};
if (!finished) throw new RangeError(`${rounds} is not finished; go on with train round --resume`);
cpSync(model.path, to, { recursive: true });
