// Plays a conversation through the simulator and takes a picture of it: npx tsx examples/study-companion/screenshot.ts
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { takeScreenshot } from "../screenshot.ts";
import { Companion } from "./companion.ts";
import { demoModel } from "./demo.ts";
import type { Card } from "./quiz.ts";
import { startApp } from "./start.ts";

const cards = JSON.parse(readFileSync(new URL("cards.json", import.meta.url), "utf8")) as readonly Card[];
await using running = await startApp({
  companion: new Companion({ model: demoModel(), cards, random: () => 0 }),
  port: 0,
  secrets: null,
  graph: "",
  onError: console.error,
});
const { app, origin, simulator } = running;
const say = async (text: string, way: "signed" | "again" | "forged" = "signed"): Promise<void> => {
  await simulator?.send("whatsapp", text, way);
  await app.settled();
};
await say("Why are leaves green?");
await say("And why yellow in autumn?");
await say("", "again");
await say("quiz biology");
await say("the chloroplast!");
await say("", "forged");
const png = fileURLToPath(new URL("screenshot.png", import.meta.url));
await takeScreenshot({ page: new URL(origin), png, width: 940, height: 760 });
