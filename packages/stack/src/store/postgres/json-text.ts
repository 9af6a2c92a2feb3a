/**
 * PostgreSQL keeps no NUL and no half of a surrogate pair, not even escaped, in JSON that it looks into. They are
 * written as the last code point of Unicode, which is no character, and the four hex digits; that code point itself twice.
 */
const mark = "\u{10ffff}";

/** JSON text as `JSON.stringify` gives it, in a form that PostgreSQL takes. */
export function encodeJsonText(text: string): string {
  if (!/\\u(?:0000|d[89a-f])|\u{10ffff}/u.test(text)) return text;
  return text.replace(
    /\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)|\u{10ffff}/gu,
    (all, digits: string | undefined) =>
      digits !== undefined ? mark + digits : all === mark ? mark + mark : all,
  );
}

/** The text that `encodeJsonText` was given. */
export function decodeJsonText(text: string): string {
  if (!text.includes(mark)) return text;
  return text.replace(/\u{10ffff}(\u{10ffff}|[0-9a-f]{4})/gu, (_, what: string) =>
    what === mark ? mark : `\\u${what}`,
  );
}
