const units: readonly (readonly [number, string])[] = [
  [1e9, "B"],
  [1e6, "M"],
  [1e4, "k"],
];

/** A figure in few characters: 12,300 as 12.3k, 0.0003 as 3e-4. */
export function formatFigure(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  for (const [unit, name] of units)
    if (size >= unit) {
      const scale = unit === 1e4 ? 1e3 : unit;
      return `${trim((value / scale).toPrecision(3))}${name}`;
    }
  if (size >= 1000) return Math.round(value).toLocaleString("en-US");
  if (size < 0.001) return value.toExponential(2).replace(/\.?0*e/, "e");
  return trim(value.toPrecision(4));
}

const trim = (text: string): string =>
  text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;

/** Seconds as 43s, 5m 07s or 2h 05m. */
export function formatTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, "0");
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${pad(Math.floor(whole / 60) % 60)}m`;
  return `${Math.floor(whole / 86_400)}d ${pad(Math.floor(whole / 3600) % 24)}h`;
}

/** About how long, in the largest units: 43s, 5m or 2h 05m. */
export function formatRough(seconds: number): string {
  return seconds >= 60 && seconds < 3600 ? `${Math.round(seconds / 60)}m` : formatTime(seconds);
}

const capitals = new Set(["em", "f1", "kl", "nll", "dpo", "sft"]);

/** The words of a name such as `tokensPerSecond` or `rewards/margin`. */
export function formatName(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[\s_/.]+/)
    .map((word) => (capitals.has(word) ? word.toUpperCase() : word))
    .join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
