import type { World } from "../world.ts";
import { categories, things } from "./everyday.ts";
import { shortMessage } from "./tool-arguments.ts";

type Value = string | number | boolean;

/** A tool that many programs offer: names it goes by, its arguments in order, requests, a result and its telling. */
export interface KnownTool {
  names: readonly string[];
  description: readonly string[];
  arguments: readonly {
    names: readonly string[];
    type: "string" | "integer" | "number" | "boolean";
    description: string;
    choices?: readonly string[];
    value: (world: World) => Value;
  }[];
  /** `{0}` is the value of the first argument. */
  asks: readonly string[];
  result: (world: World, values: readonly Value[]) => Record<string, Value>;
  /** `{key}` is a value of the result, `{0}` that of an argument. */
  tells: readonly string[];
}

const place = (world: World): string => (world.random.chance(0.6) ? world.city() : world.invented());
const weather = ["sunny", "cloudy", "rainy", "windy", "foggy", "snowy", "clear", "stormy"];

/** Tools whose use is well known. */
export const knownTools: readonly KnownTool[] = [
  {
    names: [
      "get_weather",
      "weather",
      "current_weather",
      "getWeather",
      "weather_now",
      "fetch_weather",
      "get_current_weather",
      "weather_report",
    ],
    description: ["Get the weather of a city", "Current weather", "Returns the weather in a place"],
    arguments: [
      { names: ["city", "location", "place", "town"], type: "string", description: "The city", value: place },
    ],
    asks: [
      "What is the weather in {0}?",
      "How is the weather in {0}?",
      "Is it raining in {0}?",
      "Tell me the weather in {0}.",
      "Weather in {0}?",
      "What is the weather like in {0} today?",
      "Do I need an umbrella in {0}?",
      "Is it cold in {0}?",
      "How warm is it in {0}?",
    ],
    result: ({ random }) => ({ temperature: random.int(-9, 38), condition: random.pick(weather) }),
    tells: [
      "It is {temperature} degrees and {condition} in {0}.",
      "In {0} it is {condition} with {temperature} degrees.",
      "The weather in {0} is {condition}, {temperature} degrees.",
    ],
  },
  {
    names: ["get_time", "time_in", "current_time", "world_clock", "getTime", "clock", "local_time"],
    description: ["Get the time in a city", "Current time of a place", "Tells the time"],
    arguments: [
      {
        names: ["city", "location", "place", "zone"],
        type: "string",
        description: "The place",
        value: place,
      },
    ],
    asks: [
      "What time is it in {0}?",
      "Tell me the time in {0}.",
      "Time in {0}?",
      "How late is it in {0}?",
      "What is the time in {0} now?",
    ],
    result: ({ random }) => ({ time: `${random.int(0, 23)}:${random.int(10, 59)}` }),
    tells: ["It is {time} in {0}.", "The time in {0} is {time}.", "In {0} it is {time} now."],
  },
  {
    names: ["send_message", "send_text", "text_message", "sendMessage", "message_send", "sms"],
    description: ["Send a message to a person", "Sends a text", "Send a text message"],
    arguments: [
      {
        names: ["to", "recipient", "name", "contact"],
        type: "string",
        description: "Who gets it",
        value: (world) => world.person(),
      },
      {
        names: ["text", "message", "body", "content"],
        type: "string",
        description: "What to say",
        value: shortMessage,
      },
    ],
    asks: [
      "Send {0} a message: {1}",
      'Text {0} "{1}".',
      "Tell {0}: {1}",
      'Send a message to {0} saying "{1}".',
      "Write to {0}: {1}",
      'Message {0} that says "{1}".',
    ],
    result: () => ({ status: "sent" }),
    tells: [
      "I sent the message to {0}.",
      "Your message to {0} was {status}.",
      "The message was {status} to {0}.",
    ],
  },
  {
    names: ["set_timer", "timer", "start_timer", "setTimer", "countdown"],
    description: ["Set a timer", "Starts a timer", "Start a countdown"],
    arguments: [
      {
        names: ["minutes", "duration", "length"],
        type: "integer",
        description: "Minutes",
        value: ({ random }) => random.int(1, 90),
      },
    ],
    asks: [
      "Set a timer for {0} minutes.",
      "Start a timer of {0} minutes.",
      "Wake me in {0} minutes.",
      "Timer for {0} minutes, please.",
      "Remind me in {0} minutes.",
      "I need a {0} minute timer.",
    ],
    result: () => ({ status: "started" }),
    tells: [
      "The timer for {0} minutes has {status}.",
      "Your timer of {0} minutes is running.",
      "The timer is {status}: {0} minutes.",
    ],
  },
  {
    names: ["set_alarm", "alarm", "create_alarm", "wake_up", "setAlarm"],
    description: ["Set an alarm", "Wake up at a time", "Creates an alarm"],
    arguments: [
      {
        names: ["time", "at", "hour"],
        type: "string",
        description: "The time",
        value: ({ random }) => `${random.int(5, 11)}:${random.pick(["00", "15", "30", "45"])}`,
      },
    ],
    asks: [
      "Set an alarm for {0}.",
      "Wake me up at {0}.",
      "I want to get up at {0}.",
      "Alarm at {0}, please.",
      "Please set the alarm to {0}.",
    ],
    result: () => ({ alarm: "on" }),
    tells: ["The alarm is {alarm} for {0}.", "I set the alarm for {0}.", "Your alarm for {0} is {alarm}."],
  },
  {
    names: ["calculate", "calculator", "math", "compute", "calc", "evaluate"],
    description: ["Calculate an expression", "Computes a math expression", "A calculator"],
    arguments: [
      {
        names: ["expression", "input", "formula", "query"],
        type: "string",
        description: "The expression",
        value: ({ random }) =>
          `${random.int(10, 999)} ${random.pick(["+", "-", "*", "/"])} ${random.int(10, 999)}`,
      },
    ],
    asks: [
      "What is {0}?",
      "Calculate {0}.",
      "Compute {0}.",
      "How much is {0}?",
      "Please work out {0}.",
      "{0} = ?",
    ],
    result: (_world, [expression]) => ({ result: evaluate(String(expression)) }),
    tells: ["{0} = {result}", "The result is {result}.", "{0} is {result}."],
  },
  {
    names: ["translate", "translate_text", "translator", "translateText"],
    description: ["Translate a text", "Translates text to a language", "Translation of a text"],
    arguments: [
      {
        names: ["text", "input", "sentence", "phrase"],
        type: "string",
        description: "The text",
        value: shortMessage,
      },
      {
        names: ["language", "target", "target_language", "to"],
        type: "string",
        description: "The language",
        value: ({ random }) => random.pick(categories["languages"]!),
      },
    ],
    asks: [
      'Translate "{0}" to {1}.',
      'How do you say "{0}" in {1}?',
      'Say "{0}" in {1}.',
      'Please translate "{0}" into {1}.',
    ],
    result: (world) => ({ translation: `${world.nonword()} ${world.nonword()}` }),
    tells: [
      "In {1} it is: {translation}",
      '"{0}" in {1} is "{translation}".',
      "The translation is: {translation}",
    ],
  },
  {
    names: ["convert_currency", "currency", "exchange", "exchange_money", "convertCurrency", "fx_convert"],
    description: ["Convert money", "Changes an amount from one currency to another", "Currency conversion"],
    arguments: [
      {
        names: ["amount", "value", "sum"],
        type: "number",
        description: "How much",
        value: ({ random }) => random.int(1, 2000),
      },
      {
        names: ["from", "source", "from_currency"],
        type: "string",
        description: "From which currency",
        value: ({ random }) => random.pick(["USD", "EUR", "GBP", "JPY"]),
      },
      {
        names: ["to", "target", "to_currency"],
        type: "string",
        description: "To which currency",
        value: ({ random }) => random.pick(["CHF", "CAD", "AUD", "INR", "BRL"]),
      },
    ],
    asks: [
      "Convert {0} {1} to {2}.",
      "How much is {0} {1} in {2}?",
      "Change {0} {1} into {2}.",
      "What are {0} {1} in {2}?",
    ],
    result: ({ random }) => ({ result: random.int(100, 99999) / 100 }),
    tells: ["{0} {1} is {result} {2}.", "That is {result} {2}.", "You get {result} {2} for {0} {1}."],
  },
  {
    names: ["play_song", "play_music", "play", "music_player", "playSong", "start_music"],
    description: ["Play a song", "Plays music", "Starts a song"],
    arguments: [
      {
        names: ["title", "song", "track", "name"],
        type: "string",
        description: "The song",
        value: (world) =>
          `${world.random.pick(["Blue", "Old", "Silent", "Golden", "Lost", "Happy"])} ${world.random.pick(["River", "Moon", "Train", "Garden", "Road", "Star", world.invented()])}`,
      },
      {
        names: ["artist", "singer", "by", "band"],
        type: "string",
        description: "Who sings",
        value: (world) => world.random.pick([world.person(), world.invented()]),
      },
    ],
    asks: [
      "Play {0} by {1}.",
      "I want to hear {0} by {1}.",
      "Please play the song {0} by {1}.",
      "Put on {0} from {1}.",
    ],
    result: () => ({ status: "playing" }),
    tells: ["Now {status} {0} by {1}.", "{0} by {1} is {status}.", "I am {status} {0}."],
  },
  {
    names: [
      "add_event",
      "create_event",
      "calendar_add",
      "new_event",
      "addEvent",
      "schedule_event",
      "schedule",
    ],
    description: ["Add an event to the calendar", "Creates an event", "Put an event in the calendar"],
    arguments: [
      {
        names: ["title", "name", "event", "what"],
        type: "string",
        description: "The event",
        value: (world) =>
          world.random.pick([
            `Lunch with ${world.person()}`,
            "Team meeting",
            "Dentist",
            `Visit to ${world.city()}`,
            `Call with ${world.person()}`,
            "Piano lesson",
            "Birthday party",
            `Dinner with ${world.person()}`,
          ]),
      },
      {
        names: ["date", "day", "when", "on"],
        type: "string",
        description: "The day",
        value: ({ random }) =>
          random.pick([
            `${random.pick(categories["months"]!)} ${random.int(1, 28)}`,
            random.pick(categories["days of the week"]!),
          ]),
      },
    ],
    asks: [
      "Add {0} on {1} to my calendar.",
      "Put {0} in my calendar for {1}.",
      "Schedule {0} on {1}.",
      "Create an event: {0} on {1}.",
      "I have {0} on {1}, please add it.",
    ],
    result: ({ random }) => ({ event_id: `E${random.int(100, 999)}`, status: "added" }),
    tells: [
      "I {status} {0} on {1}.",
      "{0} on {1} was {status}. The id is {event_id}.",
      "Done: {0} on {1}, number {event_id}.",
    ],
  },
  {
    names: ["book_table", "reserve_table", "restaurant_booking", "table_reservation", "bookTable"],
    description: ["Book a table in a restaurant", "Reserve a table", "Books a restaurant table"],
    arguments: [
      {
        names: ["restaurant", "place", "name"],
        type: "string",
        description: "The restaurant",
        value: (world) => world.invented(),
      },
      {
        names: ["people", "guests", "seats", "party_size"],
        type: "integer",
        description: "How many people",
        value: ({ random }) => random.int(2, 12),
      },
      {
        names: ["time", "at", "hour"],
        type: "string",
        description: "The time",
        value: ({ random }) => `${random.int(5, 10)} pm`,
      },
    ],
    asks: [
      "Book a table at {0} for {1} people at {2}.",
      "Reserve a table for {1} at {0} at {2}.",
      "I need a table at {0} for {1} guests at {2}.",
      "We are {1} people and want to eat at {0} at {2}. Please book.",
    ],
    result: ({ random }) => ({ status: "booked", code: `T${random.int(100, 9999)}` }),
    tells: [
      "Your table at {0} for {1} people at {2} is {status}. The code is {code}.",
      "The table is {status}, code {code}.",
      "I {status} a table at {0}. Your code is {code}.",
    ],
  },
  {
    names: ["define_word", "dictionary", "get_definition", "define", "word_meaning"],
    description: ["Get the meaning of a word", "Looks up a word", "Defines a word"],
    arguments: [
      {
        names: ["word", "term", "entry"],
        type: "string",
        description: "The word",
        value: (world) => (world.random.chance(0.5) ? world.nonword() : world.random.pick(things)),
      },
    ],
    asks: [
      "What does {0} mean?",
      "Define {0}.",
      "What is the meaning of {0}?",
      "Look up the word {0}.",
      "Give me the definition of {0}.",
    ],
    result: ({ random }) => ({
      definition: `a ${random.pick(["small", "large", "soft", "old", "strange"])} ${random.pick(["animal", "tool", "plant", "house", "dish", "boat"])}`,
    }),
    tells: ["{0} means {definition}.", "The word {0} means {definition}.", "{0}: {definition}."],
  },
  {
    names: ["turn_on_light", "light_control", "set_light", "switch_light", "lights"],
    description: ["Switch the light of a room", "Controls a lamp", "Turn a light on or off"],
    arguments: [
      {
        names: ["room", "where", "location"],
        type: "string",
        description: "The room",
        value: ({ random }) => random.pick(categories["rooms of a house"]!),
      },
      {
        names: ["state", "action", "mode"],
        type: "string",
        description: "on or off",
        choices: ["on", "off"],
        value: ({ random }) => random.pick(["on", "off"]),
      },
    ],
    asks: [
      "Turn {1} the light in the {0}.",
      "Switch the {0} light {1}.",
      "Please turn the lamp in the {0} {1}.",
      "Light {1} in the {0}, please.",
    ],
    result: () => ({ ok: true }),
    tells: [
      "The light in the {0} is {1}.",
      "Done. The {0} light is {1}.",
      "I turned {1} the light in the {0}.",
    ],
  },
  {
    names: ["get_stock_price", "stock_price", "stock", "share_price", "quote"],
    description: ["Get the price of a stock", "Price of a share", "Current stock price"],
    arguments: [
      {
        names: ["symbol", "ticker", "company", "stock"],
        type: "string",
        description: "The symbol",
        value: ({ random }) =>
          Array.from({ length: random.int(3, 4) }, () => random.pick([..."ABCDEFGHKLMNOPRSTVXZ"])).join(""),
      },
    ],
    asks: [
      "What is the stock price of {0}?",
      "How much is a share of {0}?",
      "Price of {0} stock?",
      "Tell me the price of {0}.",
      "How is {0} doing today?",
    ],
    result: ({ random }) => ({ price: random.int(100, 99999) / 100 }),
    tells: ["The price of {0} is {price}.", "{0} costs {price} now.", "One share of {0} is {price}."],
  },
  {
    names: ["find_route", "directions", "get_directions", "navigate", "route"],
    description: ["Find the way between two places", "Directions", "Route from one place to another"],
    arguments: [
      { names: ["from", "start", "origin"], type: "string", description: "Start", value: place },
      { names: ["to", "end", "destination"], type: "string", description: "End", value: place },
    ],
    asks: [
      "How do I get from {0} to {1}?",
      "Find a route from {0} to {1}.",
      "Show me the way from {0} to {1}.",
      "How far is it from {0} to {1}?",
      "I want to drive from {0} to {1}.",
    ],
    result: ({ random }) => ({ distance_km: random.int(5, 900), minutes: random.int(10, 600) }),
    tells: [
      "From {0} to {1} it is {distance_km} km and takes {minutes} minutes.",
      "The way is {distance_km} km long. It takes {minutes} minutes.",
      "It takes {minutes} minutes from {0} to {1}.",
    ],
  },
  {
    names: ["search_books", "find_book", "book_search", "library_search", "searchBooks"],
    description: ["Search for books", "Finds books by topic", "Search the library"],
    arguments: [
      {
        names: ["query", "topic", "about", "title"],
        type: "string",
        description: "What about",
        value: (world) =>
          world.random.chance(0.3)
            ? world.invented()
            : world.random.pick([...things, ...categories["hobbies"]!]),
      },
    ],
    asks: [
      "Find books about {0}.",
      "Search for a book on {0}.",
      "I want to read about {0}.",
      "Is there a book about {0}?",
      "Look for books on {0}.",
    ],
    result: (world) => ({
      title: `The ${world.invented()}`,
      author: world.person(),
      year: world.random.int(1900, 2024),
    }),
    tells: [
      'I found "{title}" by {author} from {year}.',
      'There is "{title}" by {author}.',
      'A book about {0}: "{title}" by {author}, {year}.',
    ],
  },
];

function evaluate(expression: string): number {
  const [left = "0", operator = "+", right = "1"] = expression.split(" ");
  const [a, b] = [Number(left), Number(right)];
  const values: Record<string, number> = { "+": a + b, "-": a - b, "*": a * b, "/": a / b };
  return Math.round(values[operator]! * 100) / 100;
}
