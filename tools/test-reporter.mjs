// Plain JavaScript: Node loads reporters before tsx can translate them.
import { Readable } from "node:stream";
import { spec } from "node:test/reporters";

/** Passes the events on, and before the closing totals names every test that was skipped and why. */
async function* nameSkips(events) {
  const skips = new Set();
  for await (const event of events) {
    const { skip, name, message, nesting } = event.data;
    if (name !== undefined && skip !== undefined && skip !== false) {
      skips.add(`skipped: ${name}${typeof skip === "string" && skip !== "" ? ` (${skip})` : ""}`);
    }
    if (event.type === "test:diagnostic" && nesting === 0 && /^tests \d+$/.test(message)) {
      for (const text of skips) yield { type: "test:diagnostic", data: { nesting: 0, message: text } };
      skips.clear();
    }
    yield event;
  }
}

/** node:test's spec reporter with the skips named just before its totals. */
export default async function* reportWithSkips(source) {
  yield* Readable.from(nameSkips(source)).pipe(new spec());
}
