import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { request } from "@llamero/core/net/request";
import { answer, readBody } from "./app.ts";
import { type Channel, signBody } from "./webhook.ts";

/** What the page shows: bubbles of the phone, and what went over the wire. */
type Entry =
  | { kind: "bubble"; channel: Channel; from: "user" | "app"; text: string }
  | { kind: "wire"; channel: Channel; line: string; status: number };

/** How the page sends: as Meta would, the same delivery again, or with a signature that is made up. */
type Way = "signed" | "again" | "forged";

export interface SimulatorOptions {
  /** Where the app listens. */
  origin: string;
  appSecret: string;
  accessToken: string;
}

const user = "351910000000";
const account = "100200300";

const notifications: { readonly [C in Channel]: (id: string, text: string) => object } = {
  whatsapp: (id, text) => {
    const message = {
      from: user,
      id,
      timestamp: String(Math.floor(Date.now() / 1000)),
      type: "text",
      text: { body: text },
    };
    const value = {
      messaging_product: "whatsapp",
      metadata: { phone_number_id: account },
      messages: [message],
    };
    return {
      object: "whatsapp_business_account",
      entry: [{ id: "0", changes: [{ field: "messages", value }] }],
    };
  },
  messenger: (mid, text) => {
    const ids = { sender: { id: user }, recipient: { id: account } };
    return {
      object: "page",
      entry: [{ id: account, messaging: [{ ...ids, timestamp: Date.now(), message: { mid, text } }] }],
    };
  },
};

/** Plays Meta: a page like a phone that posts signed webhooks, and the Graph API that takes the answers. */
export class Simulator {
  readonly #options: SimulatorOptions;
  readonly #entries: Entry[] = [];
  readonly #lastBody = new Map<Channel, Uint8Array<ArrayBuffer>>();

  constructor(options: SimulatorOptions) {
    this.#options = options;
  }

  /** Posts a message to the webhook as Meta would; gives the status of the answer. */
  async send(channel: Channel, text: string, way: Way): Promise<number> {
    const fresh = new TextEncoder().encode(
      JSON.stringify(notifications[channel](`mid.${randomUUID()}`, text)),
    );
    const body = way === "again" ? (this.#lastBody.get(channel) ?? fresh) : fresh;
    if (way === "signed") {
      this.#lastBody.set(channel, body);
      this.#entries.push({ kind: "bubble", channel, from: "user", text });
    }
    const signature = signBody(body, way === "forged" ? "a guess" : this.#options.appSecret);
    const response = await request(`${this.#options.origin}/webhook`, {
      purpose: "simulator",
      access: "any",
      method: "POST",
      headers: { "content-type": "application/json", "x-hub-signature-256": signature },
      body,
    });
    const what = { signed: "signed", again: "the same delivery again", forged: "forged signature" }[way];
    const line = `POST /webhook (${what}): ${await response.text()}`;
    this.#entries.push({ kind: "wire", channel, line, status: response.status });
    return response.status;
  }

  /** Routes of the page and of the Graph API; true when one answered. */
  readonly routes = async (incoming: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://localhost");
    const isPost = incoming.method === "POST";
    if (pathname === "/" && !isPost) {
      const page = readFileSync(new URL("simulator.html", import.meta.url));
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    } else if (pathname === "/simulator" && !isPost) {
      answerJson(response, 200, this.#entries.slice(Number(searchParams.get("after") ?? 0)));
    } else if (pathname === "/simulator" && isPost) {
      // Pages of strangers cannot set it without asking first.
      if (incoming.headers["content-type"] !== "application/json") answer(response, 415, "JSON only");
      else {
        const { channel, text, way } = await readJson<{ channel: Channel; text: string; way: Way }>(incoming);
        answerJson(response, 200, { status: await this.send(channel, text, way) });
      }
    } else if (pathname === `/graph/${account}/messages` && isPost) {
      await this.#takeAnswer(incoming, response);
    } else return false;
    return true;
  };

  /** What Meta's Graph API does with a message, as far as the app sees. */
  async #takeAnswer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.headers.authorization !== `Bearer ${this.#options.accessToken}`)
      return answerJson(response, 401, { error: { message: "Invalid OAuth access token", code: 190 } });
    const sent = await readJson<{ text?: { body: string }; message?: { text: string } }>(incoming);
    const channel = sent.message === undefined ? "whatsapp" : "messenger";
    const text = sent.text?.body ?? sent.message?.text ?? "";
    this.#entries.push({ kind: "wire", channel, line: `POST /graph/${account}/messages: sent`, status: 200 });
    this.#entries.push({ kind: "bubble", channel, from: "app", text });
    answerJson(response, 200, { messages: [{ id: `mid.${randomUUID()}` }] });
  }
}

function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** A body of our own page and app, which is trusted as far as its shape goes. */
async function readJson<T>(incoming: IncomingMessage): Promise<T> {
  return JSON.parse(String(await readBody(incoming))) as T;
}
