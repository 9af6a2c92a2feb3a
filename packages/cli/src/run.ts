import { main } from "./main.ts";

// `llamero ls | head` closes our output early; that is not a fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const code = await main(process.argv.slice(2));
// Pipes are written in the background; process.exit would cut them off.
await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
await new Promise<void>((resolve) => process.stderr.write("", () => resolve()));
process.exit(code);
