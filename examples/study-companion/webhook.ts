import { createHmac, timingSafeEqual } from "node:crypto";

export type Channel = "whatsapp" | "messenger";

/** A text that somebody sent to the app. */
export interface IncomingText {
  channel: Channel;
  /** Id that Meta gave the message; the same when a delivery is repeated. */
  id: string;
  /** Phone number or page that was written to; answers leave from it. */
  account: string;
  user: string;
  text: string;
  sentAt: Date;
}

/** The value of `X-Hub-Signature-256` for a body. */
export function signBody(body: Uint8Array, appSecret: string): string {
  return `sha256=${createHmac("sha256", appSecret).update(body).digest("hex")}`;
}

/** Whether a signature is that of the very bytes that came, compared in constant time. */
export function isSigned(body: Uint8Array, signature: string | undefined, appSecret: string): boolean {
  // Both sides have the same length, without which the comparison would throw.
  const given = Buffer.from((signature ?? "").padEnd(71).slice(0, 71), "latin1");
  const isEqual = timingSafeEqual(given, Buffer.from(signBody(body, appSecret), "latin1"));
  return isEqual && signature?.length === 71;
}

/** What to answer when Meta asks whether this is the address that somebody entered; null: refuse. */
export function answerChallenge(query: URLSearchParams, verifyToken: string): string | null {
  const isAsked = query.get("hub.mode") === "subscribe" && query.get("hub.verify_token") === verifyToken;
  return isAsked ? query.get("hub.challenge") : null;
}

/**
 * The texts of a notification; other kinds (pictures, receipts, echoes of our own) are left out. Payloads:
 * https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples and
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messages
 */
export function readTexts(notification: unknown): IncomingText[] {
  const entries = list(get(notification, "entry"));
  switch (get(notification, "object")) {
    case "whatsapp_business_account":
      return entries
        .flatMap((entry) => list(get(entry, "changes")))
        .flatMap((change) => list(get(change, "value", "messages")).map((message) => ({ change, message })))
        .flatMap(({ change, message }) =>
          checked({
            channel: "whatsapp",
            id: get(message, "id"),
            account: get(change, "value", "metadata", "phone_number_id"),
            user: get(message, "from"),
            text: get(message, "text", "body"),
            sentAt: new Date(Number(get(message, "timestamp")) * 1000),
          }),
        );
    case "page":
      return entries
        .flatMap((entry) => list(get(entry, "messaging")))
        .filter((event) => get(event, "message", "is_echo") !== true)
        .flatMap((event) =>
          checked({
            channel: "messenger",
            id: get(event, "message", "mid"),
            account: get(event, "recipient", "id"),
            user: get(event, "sender", "id"),
            text: get(event, "message", "text"),
            sentAt: new Date(Number(get(event, "timestamp"))),
          }),
        );
    default:
      return [];
  }
}

function checked(fields: { [K in keyof IncomingText]: unknown } & Pick<IncomingText, "channel" | "sentAt">) {
  const { channel, id, account, user, text, sentAt } = fields;
  if (typeof id !== "string" || typeof account !== "string" || typeof user !== "string") return [];
  if (typeof text !== "string" || Number.isNaN(sentAt.getTime())) return [];
  // Accounts become parts of addresses, users of keys; the ids that stand for a number have a dot.
  if (!/^\w{1,64}$/.test(account) || !/^[\w.]{1,160}$/.test(user)) return [];
  return [{ channel, id, account, user, text: text.slice(0, 4096), sentAt }];
}

function get(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) at = typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined;
  return at;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
