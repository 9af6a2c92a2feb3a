import { request } from "@llamero/core/net/request";
import type { Channel } from "./webhook.ts";

export interface OutgoingText {
  channel: Channel;
  /** Phone number or page that it leaves from. */
  account: string;
  user: string;
  text: string;
}

/** Characters that one message may have. */
const maxLength: { readonly [C in Channel]: number } = { whatsapp: 4096, messenger: 2000 };

const bodyOf: { readonly [C in Channel]: (user: string, text: string) => object } = {
  whatsapp: (to, body) => ({ messaging_product: "whatsapp", to, type: "text", text: { body } }),
  messenger: (id, text) => ({ recipient: { id }, messaging_type: "RESPONSE", message: { text } }),
};

/** Sends texts through Meta's Graph API, or whatever stands at the base URL. */
export class GraphApi {
  readonly #baseUrl: string;
  readonly #accessToken: string;

  constructor({ baseUrl, accessToken }: { baseUrl: string; accessToken: string }) {
    this.#baseUrl = baseUrl;
    this.#accessToken = accessToken;
  }

  async send({ channel, account, user, text }: OutgoingText, signal: AbortSignal): Promise<void> {
    const size = maxLength[channel];
    for (let at = 0; at < text.length; at += size) {
      const response = await request(`${this.#baseUrl}/${account}/messages`, {
        purpose: "study-companion",
        access: "any",
        method: "POST",
        headers: { authorization: `Bearer ${this.#accessToken}`, "content-type": "application/json" },
        body: JSON.stringify(bodyOf[channel](user, text.slice(at, at + size))),
        maxRedirects: 0,
        signal,
      });
      const answer = await response.text();
      if (!response.ok)
        throw new Error(`The Graph API refused a message of ${account}: ${response.status} ${answer}`);
    }
  }
}
