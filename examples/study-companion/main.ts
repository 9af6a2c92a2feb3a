import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openModel } from "../open-model.ts";
import { Companion } from "./companion.ts";
import { demoModel } from "./demo.ts";
import type { Card } from "./quiz.ts";
import { type Secrets, startApp } from "./start.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    demo: { type: "boolean", default: false },
    port: { type: "string", default: "8100" },
    /** Where the Graph API is. */
    graph: { type: "string", default: "https://graph.facebook.com/v23.0" },
  },
});

/** With the secrets of a registered app it talks to Meta; without them it plays Meta itself. */
function readSecrets(): Secrets | null {
  const { APP_SECRET: appSecret, VERIFY_TOKEN: verifyToken, ACCESS_TOKEN: accessToken } = process.env;
  if (appSecret && verifyToken && accessToken) return { appSecret, verifyToken, accessToken };
  if (appSecret || verifyToken || accessToken)
    throw new TypeError("Set APP_SECRET, VERIFY_TOKEN and ACCESS_TOKEN, or none of them for the simulator");
  return null;
}

const cards = JSON.parse(readFileSync(new URL("cards.json", import.meta.url), "utf8")) as readonly Card[];
await using model = values.demo ? demoModel() : await openModel(values.model);
await using running = await startApp({
  companion: new Companion({ model, cards }),
  port: Number(values.port),
  secrets: readSecrets(),
  graph: values.graph,
  onError: (error) => console.error(error instanceof Error ? error.message : error),
});
console.log(
  running.simulator === null
    ? `The webhook is ${running.origin}/webhook; lead https from outside to it.`
    : `Open ${running.origin}/ and write. The model is ${values.demo ? "a script" : (values.model ?? "Cria")}. Ctrl-C ends it.`,
);
await new Promise<void>((resolve) => process.once("SIGINT", resolve));
