export type { ServableModel, ServedModel } from "./served-models.ts";
export { type RunningServer, type ServerOptions, startServer } from "./server.ts";
