import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Readable } from "node:stream";
import { printableUrl, RefusedRequestError } from "./policy.ts";

/** Not globally reachable (IANA special-purpose address registries). */
const specialRanges: readonly [address: string, prefix: number, family: "ipv4" | "ipv6"][] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
  // ::/96 covers unspecified, loopback and IPv4-compatible; IPv4-mapped addresses are checked as IPv4.
  ["::", 96, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["64:ff9b:1::", 48, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

const blocked = new BlockList();
for (const [address, prefix, family] of specialRanges) blocked.addSubnet(address, prefix, family);

/** Whether an IP address is outside the public internet: loopback, private, link-local, multicast, reserved. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  return family === 0 || blocked.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** Name lookup that fails on private addresses; the socket connects to the very address that was checked. */
export function publicLookup(url: URL, lookup: typeof dnsLookup = dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const addresses: LookupAddress[] = error === null ? found : [];
      const bad = addresses.find(({ address }) => isPrivateAddress(address));
      const failure = error ?? (bad === undefined ? null : refusal(url, bad.address));
      if (failure !== null) return callback(failure, "", 0);
      const first = addresses[0]!;
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function refusal(url: URL, address: string): RefusedRequestError {
  return new RefusedRequestError(
    `Refused to request ${printableUrl(url)}: ${address} is not a public address`,
  );
}

/** One GET or POST that can reach public addresses only; redirects are not followed. */
export async function publicFetch(
  url: URL,
  init: {
    method: string;
    headers: Readonly<Record<string, string>>;
    body?: string | Uint8Array;
    signal: AbortSignal;
  },
): Promise<Response> {
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && isPrivateAddress(literal)) throw refusal(url, literal);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method: init.method,
        headers: init.headers,
        signal: init.signal,
        lookup: publicLookup(url),
        agent: false,
      },
      resolve,
    );
    outgoing.on("error", reject);
    outgoing.end(init.body);
  });
  const headers = new Headers();
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i]!, message.rawHeaders[i + 1]!);
  }
  const status = message.statusCode ?? 502;
  const isBodyless = init.method === "HEAD" || status === 204 || status === 205 || status === 304;
  if (isBodyless) message.resume();
  const body = isBodyless ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}
