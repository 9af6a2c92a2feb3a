export type * from "./generator.ts";
export type * from "./task.ts";
