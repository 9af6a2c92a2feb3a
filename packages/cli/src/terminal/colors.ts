import pico from "picocolors";

type Colors = ReturnType<typeof pico.createColors>;

/** Colors for one stream: on a terminal unless NO_COLOR is set, or always with FORCE_COLOR. */
export function colorsFor(stream: { isTTY?: boolean }): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return pico.createColors(false);
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return pico.createColors(true);
  return pico.createColors(stream.isTTY === true && TERM !== "dumb");
}
