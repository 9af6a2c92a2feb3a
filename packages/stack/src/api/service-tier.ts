import { z } from "zod";
import { someWords } from "./refused.ts";

/** How urgent a request is: flex waits for all others; priority is no faster here, which the answer says. */
export type ServiceTier = "auto" | "default" | "flex" | "priority";

/** What a request was treated as. */
export type ServedTier = "default" | "flex";

export const serviceTierSchema: z.ZodType<ServiceTier> = someWords(
  ["auto", "default", "flex", "priority"],
  ["scale"],
  "No capacity is bought here; leave it out or say auto, default, flex or priority",
);

export const servedTierSchema: z.ZodType<ServedTier> = z.enum(["default", "flex"]);

/** As answers say it: other servers, whose answers are passed on, have more. */
export const saidTierSchema: z.ZodType<ServiceTier | "scale"> = z.enum([
  "auto",
  "default",
  "flex",
  "scale",
  "priority",
]);

/** The tier that a request gets. */
export const servedTier = (asked: ServiceTier | null | undefined): ServedTier =>
  asked === "flex" ? "flex" : "default";
