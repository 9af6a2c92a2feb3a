export { sandboxRunCode } from "./run-code.ts";
export { createSandbox } from "./sandbox.ts";
export type * from "./types.ts";
