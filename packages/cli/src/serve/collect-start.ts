import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Gives back what only the start took: a server that waits for requests would keep it until there are many. */
export function collectStart(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  collect();
}
