import { callTool, ScriptedModel, type ScriptedReply } from "../scripted-model.ts";
import type { Appointment } from "./tools.ts";

/** A day of the demo, and what is planned for it. The number is one of those that nobody has. */
export const demoDay = "2026-11-26";
export const demoCalendar = (): Appointment[] => [
  { date: "2026-11-27", time: "09:30", title: "Dentiste, +33 1 99 00 12 34" },
  { date: "2026-11-27", time: "13:00", title: "Déjeuner avec Claire" },
];

/** Questions of the demo, with what a model that can use tools would do. */
export const demoScript: readonly { question: string; replies: readonly ScriptedReply[] }[] = [
  {
    question: "Preciso de guarda-chuva em Faro hoje?",
    replies: [
      callTool("weather", { city: "Faro" }),
      "Sim, leve o guarda-chuva: em Faro está a chover e estão 17 graus.",
    ],
  },
  {
    question: "Was kosten drei Karten zu 24,50 Euro mit 15 Prozent Rabatt?",
    replies: [
      callTool("calculator", { expression: "3 * 24.5 * (1 - 0.15)" }),
      "Die drei Karten kosten mit Rabatt 62,48 Euro, gerundet auf ganze Cent.",
    ],
  },
  {
    question: "Qu’est-ce que j’ai demain, et quel est le numéro du dentiste ?",
    replies: [
      callTool("calendar_read", { date: "2026-11-27" }),
      "Demain, tu as le dentiste à 9 h 30, au +33 1 99 00 12 34, puis un déjeuner avec Claire à 13 heures.",
    ],
  },
];

/** Plays the script of the questions above. */
export function demoModel(): ScriptedModel {
  return new ScriptedModel((messages) => {
    const at = messages.findLastIndex(({ role }) => role === "user");
    const numDone = messages.slice(at).filter(({ role }) => role === "assistant").length;
    const found = demoScript.find(({ question }) => question === messages[at]?.content);
    return (
      found?.replies[numDone] ?? `In the demo, ask: ${demoScript.map(({ question }) => question).join(" ")}`
    );
  });
}
