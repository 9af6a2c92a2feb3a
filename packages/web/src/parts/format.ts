import { currentLanguage } from "../shell/languages.ts";

const units = ["B", "KB", "MB", "GB", "TB"] as const;

/** Bytes with two or three figures and a unit of 1,024. */
export function formatBytes(bytes: number, language: string = currentLanguage()): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : value >= 9.95 ? 1 : 2;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${units[unit]}`;
}

/** Milliseconds as ms, s or min. */
export function formatMs(ms: number, language: string = currentLanguage()): string {
  const [value, unit] = ms < 999.5 ? [ms, "ms"] : ms < 120_000 ? [ms / 1000, "s"] : [ms / 60_000, "min"];
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })} ${unit}`;
}

/** A share as percents. */
export function formatPercent(share: number, language: string = currentLanguage()): string {
  const maximumFractionDigits = share > 0 && share < 0.1 ? 1 : 0;
  return share.toLocaleString(language, { style: "percent", maximumFractionDigits });
}

/** Seconds since 1970 as a date with its time. */
export function formatTime(seconds: number, language: string = currentLanguage()): string {
  return new Date(seconds * 1000).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

/** A number with at most so many digits behind its point. */
export function formatNumber(value: number, digits = 0, language: string = currentLanguage()): string {
  return value.toLocaleString(language, { maximumFractionDigits: digits });
}

/** A number of parameters as model names have it: 135M, 1.2B. */
export function formatCount(count: number, language: string = currentLanguage()): string {
  return count.toLocaleString(language, { notation: "compact", maximumSignificantDigits: 3 });
}
