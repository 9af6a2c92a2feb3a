import { compilePattern } from "../ecma-regex.ts";
import type { Dfa } from "../regular.ts";

const days28 = "(?:0[1-9]|1\\d|2[0-8])";
const leapYear = "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
const date = `(?:\\d{4}-(?:(?:0[1-9]|1[0-2])-${days28}|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)|${leapYear}-02-29)`;
const clock = "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?";
const zone = "(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)";
const byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = `${byte}(?:\\.${byte}){3}`;
const group = "[\\da-fA-F]{1,4}";
const ipv6 = [
  `(?:${group}:){7}${group}`,
  `(?:${group}:){1,7}:`,
  `(?:${group}:){1,6}:${group}`,
  `(?:${group}:){1,5}(?::${group}){1,2}`,
  `(?:${group}:){1,4}(?::${group}){1,3}`,
  `(?:${group}:){1,3}(?::${group}){1,4}`,
  `(?:${group}:){1,2}(?::${group}){1,5}`,
  `${group}:(?::${group}){1,6}`,
  `:(?:(?::${group}){1,7}|:)`,
].join("|");
const label = "[a-zA-Z\\d](?:[a-zA-Z\\d-]*[a-zA-Z\\d])?";
const domain = `${label}(?:\\.${label})*`;
// Within the limits of names: 63 characters between dots, 253 in all.
const shortLabel = "[a-zA-Z\\d](?:[a-zA-Z\\d-]{0,30}[a-zA-Z\\d])?";
const hostname = `${shortLabel}(?:\\.${shortLabel}){0,6}`;
const atom = "[a-zA-Z\\d!#$%&'*+/=?^_`{|}~-]+";
const uriChar = "(?:[a-zA-Z\\d._~!$&'()*+,;=:@-]|%[\\da-fA-F]{2})";
const path = `(?:/${uriChar}*)*`;
const query = `(?:\\?(?:${uriChar}|[/?])*)?`;
const fragment = `(?:#(?:${uriChar}|[/?])*)?`;
const authority = `//${domain}(?::\\d{1,5})?`;
const urlLabel = "[a-zA-Z](?:[a-zA-Z\\d]|-[a-zA-Z\\d])*";
const uri = `[a-zA-Z][a-zA-Z\\d+.-]*:(?:${authority}${path}|/(?:${uriChar}+${path})?|${uriChar}+${path})${query}${fragment}`;
const relative = `(?:/${uriChar}+)+|[a-zA-Z\\d._~-]+${path}|`;
const pointerPart = "(?:[^~/\\u0000-\\u001f]|~[01])";
const count = "\\d{1,9}";
const plainAtom = "(?:[A-Za-z\\d _,:;@%&=<>~'\"!#.-]|\\\\[dDwWsStnr.]|\\[[A-Za-z\\d_.]+\\])";
const regexTerm = `(?:${plainAtom}[*+?]?)+`;
const natural = "(?:0|[1-9]\\d{0,8})";
const identifier = "(?:0|[1-9]\\d{0,8}|\\d*[A-Za-z-][\\dA-Za-z-]*)";

/**
 * Formats as patterns of whole texts. Each accepts valid texts only, not always all of them: the local part of an
 * address is never quoted, seconds are below 60, an authority is a host name.
 */
const patterns: Readonly<Record<string, string>> = {
  date,
  time: `${clock}${zone}`,
  "date-time": `${date}[Tt]${clock}${zone}`,
  duration: `P(?:${count}W|(?:${count}Y(?:${count}M(?:${count}D)?)?|${count}M(?:${count}D)?|${count}D)(?:T(?:${count}H(?:${count}M(?:${count}S)?)?|${count}M(?:${count}S)?|${count}S))?|T(?:${count}H(?:${count}M(?:${count}S)?)?|${count}M(?:${count}S)?|${count}S))`,
  email: `${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}`,
  "idn-email": `${atom}(?:\\.${atom})*@(?:${label}\\.)+${label}`,
  hostname,
  "idn-hostname": hostname,
  ipv4,
  ipv6,
  uri,
  url: `https?://(?:${urlLabel}\\.)+[a-zA-Z]{2,}(?::\\d{2,5})?(?:${path}/${query}${fragment})?`,
  iri: uri,
  "uri-reference": `(?:${uri}|(?:${relative})${query}${fragment})`,
  "iri-reference": `(?:${uri}|(?:${relative})${query}${fragment})`,
  uuid: "[\\da-fA-F]{8}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{4}-[\\da-fA-F]{12}",
  "json-pointer": `(?:/${pointerPart}*)*`,
  "relative-json-pointer": `(?:0|[1-9]\\d{0,8})(?:#|(?:/${pointerPart}*)*)`,
  // Literals, classes and single quantifiers: every such text is a pattern.
  regex: `\\^?${regexTerm}(?:\\|${regexTerm})*\\$?`,
  // Formats of earlier drafts, and one in wide use.
  "host-name": hostname,
  "ip-address": ipv4,
  semver: `${natural}\\.${natural}\\.${natural}(?:-${identifier}(?:\\.${identifier})*)?`,
  byte: "(?:[A-Za-z\\d+/]{4})*(?:[A-Za-z\\d+/]{2}==|[A-Za-z\\d+/]{3}=)?",
};

/** Formats that are told by a pattern. */
export const formatNames: readonly string[] = Object.keys(patterns);

/** Formats of numbers, as bounds. */
export const numberFormats: Readonly<Record<string, { min: number; max: number } | null>> = {
  int32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  int64: { min: -(2 ** 63), max: 2 ** 63 - 1024 },
  float: null,
  double: null,
};

/** Formats that say how to show a text, not what it may be. */
export const shownFormats: ReadonlySet<string> = new Set(["password", "binary", "textarea", "markdown"]);

const compiled = new Map<string, Dfa>();

/** Texts of a format over code points; null for an unknown one. */
export function formatDfa(format: string): Dfa | null {
  const pattern = Object.hasOwn(patterns, format) ? patterns[format] : undefined;
  if (pattern === undefined) return null;
  let dfa = compiled.get(format);
  if (dfa === undefined) {
    dfa = compilePattern(`^(?:${pattern})$`, "full");
    compiled.set(format, dfa);
  }
  return dfa;
}
