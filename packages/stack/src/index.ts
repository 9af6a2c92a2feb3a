export { type RunningServer, type ServedModel, type ServerOptions, startServer } from "./server.ts";
