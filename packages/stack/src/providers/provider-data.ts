import { HttpError } from "../http/http-error.ts";

/** Keys of providers that came with one request; never logged or shown. */
export type ProviderData = Readonly<Record<string, string>>;

/** Header that carries them, as Llama Stack calls it. */
export const providerDataHeader = "x-llamastack-provider-data";

const none: ProviderData = Object.freeze({});

const maxLength = 8192;
const keyName = /^[a-z0-9_]{1,64}_api_(key|token)$/;
// Printable ASCII: what a header may hold.
const keyValue = /^[\x21-\x7e]{1,4096}$/;

/** Reads the header of a request; throws HttpError without its values. */
export function readProviderData(header: string | undefined): ProviderData {
  if (header === undefined) return none;
  const refuse = (what: string): HttpError =>
    new HttpError(400, `The header X-LlamaStack-Provider-Data ${what}`, {
      param: "X-LlamaStack-Provider-Data",
      code: "invalid_provider_data",
    });
  if (header.length > maxLength) throw refuse(`is longer than ${maxLength} characters`);
  let value: unknown;
  try {
    value = JSON.parse(header);
  } catch {
    throw refuse('is not JSON; send an object such as {"groq_api_key": "..."}');
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refuse('is no object; send one such as {"groq_api_key": "..."}');
  }
  const data: Record<string, string> = Object.create(null);
  for (const [name, key] of Object.entries(value)) {
    // Clients send all that any of their providers may want.
    if (!keyName.test(name)) continue;
    if (typeof key !== "string" || !keyValue.test(key)) {
      throw refuse(`has no usable key in ${name}: it must be text of printable ASCII characters`);
    }
    data[name] = key;
  }
  return data;
}

/** The key for a provider in a request's data, by its id or else its preset. */
export function keyOf(data: ProviderData, id: string, preset: string): string | null {
  if (data === none) return null;
  for (const name of [id, preset]) {
    const field = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "_");
    const key = data[`${field}_api_key`] ?? data[`${field}_api_token`];
    if (key !== undefined) return key;
  }
  return null;
}
