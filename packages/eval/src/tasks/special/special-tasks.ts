import type { Task } from "../../task.ts";
import { translationSets } from "./translation-sets.ts";

/** Sets with rules or a course of their own: steerability, translation, long texts, conversations, tools, safety. */
export const specialTasks: readonly Task[] = [...translationSets];
