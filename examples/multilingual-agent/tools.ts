import { readFileSync } from "node:fs";
import { calculatorTool, type Tool, tool } from "@llamero/stack";
import { type LanguageCode, languages, type Sky } from "./languages.ts";

interface CityWeather {
  /** In all languages. */
  names: readonly string[];
  sky: Sky;
  celsius: number;
}

/** An entry of the calendar. */
export interface Appointment {
  /** Such as 2026-11-27. */
  date: string;
  time: string;
  title: string;
}

const cities = JSON.parse(
  readFileSync(new URL("weather.json", import.meta.url), "utf8"),
) as readonly CityWeather[];

const field = (description: string) => ({ type: "string", description });
const date = field("Such as 2026-11-27");

/** Tools that speak a language. What they know is made up, and the calendar is that of the process. */
export function createTools(language: LanguageCode, calendar: Appointment[]): Tool[] {
  const words = languages[language];
  const format = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" });
  return [
    calculatorTool,
    tool({
      name: "weather",
      description: "The weather of a city today.",
      parameters: { city: field("In any language") },
      run: ({ city }) => {
        const wanted = plain(String(city));
        const found = cities.find(({ names }) => names.some((name) => plain(name) === wanted));
        if (found === undefined)
          throw new RangeError(
            `No weather for ${city}; there is ${cities.map(({ names }) => names[0]).join(", ")}`,
          );
        return `${city}: ${words.sky[found.sky]}, ${found.celsius} °C`;
      },
    }),
    tool({
      name: "calendar_read",
      description: "The appointments of a day.",
      parameters: { date },
      run: ({ date }) => {
        const day = format.format(parseDate(String(date)));
        const entries = calendar
          .filter((entry) => entry.date === date)
          .map(({ time, title }) => `${time} ${title}`);
        return `${day}: ${entries.join("; ") || words.nothingPlanned}`;
      },
    }),
    tool({
      name: "calendar_add",
      description: "Add an appointment. The user is asked before.",
      parameters: { date, time: field("Such as 14:30"), title: field("In the language of the user") },
      needsApproval: true,
      run: ({ date, time, title }) => {
        const day = format.format(parseDate(String(date)));
        if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(String(time)))
          throw new RangeError(`${time} is no time; write 14:30`);
        calendar.push({ date: String(date), time: String(time), title: String(title).slice(0, 200) });
        return `${day}, ${time}: ${title}`;
      },
    }),
  ];
}

function parseDate(text: string): Date {
  const parsed = new Date(`${text}T00:00:00Z`);
  // The second one: 30 February would become a day in March.
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== text)
    throw new RangeError(`${text} is no date; write it like 2026-11-27`);
  return parsed;
}

/** Case and accents do not count; marks of Devanagari and Thai, which are vowels, do. */
const plain = (text: string): string =>
  text
    .trim()
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
