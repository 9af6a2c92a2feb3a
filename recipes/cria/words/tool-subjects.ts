/** What tools do: the verb as in the tool's name, as in its description, and as people ask for it. */
export const toolVerbs: readonly (readonly [
  name: readonly string[],
  description: string,
  asks: readonly string[],
])[] = [
  [
    ["get", "fetch", "read", "load"],
    "Gets",
    ["Get", "Give me", "Show me", "I need", "Can you get", "Please get"],
  ],
  [
    ["find", "search", "lookup", "look_up", "locate"],
    "Finds",
    ["Find", "Search for", "Look up", "Please find", "Can you find", "I am looking for"],
  ],
  [
    ["create", "add", "new", "make"],
    "Creates",
    ["Create", "Add", "Make", "Please create", "I want to create", "Can you add"],
  ],
  [
    ["book", "reserve", "order"],
    "Books",
    ["Book", "Reserve", "Please book", "I would like to book", "Order", "Can you book"],
  ],
  [["send", "deliver", "post"], "Sends", ["Send", "Please send", "Can you send", "I want to send"]],
  [["check", "test", "inspect"], "Checks", ["Check", "Please check", "Can you check", "I want to check"]],
  [["set", "update", "change"], "Sets", ["Set", "Change", "Update", "Please set", "Can you change"]],
  [
    ["delete", "remove", "cancel"],
    "Removes",
    ["Delete", "Remove", "Cancel", "Please remove", "Can you cancel"],
  ],
  [["start", "run", "open", "play"], "Starts", ["Start", "Run", "Please start", "Can you start"]],
  [
    ["count", "measure", "compute", "calculate"],
    "Computes",
    ["Compute", "Calculate", "Please compute", "Can you work out"],
  ],
  [["track", "watch", "follow"], "Tracks", ["Track", "Follow", "Please track", "Can you track"]],
  [["save", "store", "write"], "Saves", ["Save", "Store", "Please save", "Can you save"]],
];

/** What tools are about. */
export const toolObjects: readonly string[] =
  "weather, forecast, table, room, ticket, flight, hotel, recipe, song, playlist, alarm, timer, note, reminder, event, meeting, task, letter, package, invoice, payment, price, stock, route, map, bus, train, taxi, photo, video, game, quiz, lesson, course, book, report, file, folder, backup, lamp, heater, door, oven, garden, pump, robot, printer, survey, vote, coupon, gift, review, rating, score, team, match, doctor visit, appointment, contact, profile, account, password hint, subscription, order, cart, shipment, museum, concert, movie, show, poem, joke, horoscope, dictionary entry, translation, tax, loan, budget, diet, workout, pulse, sleep plan, pet, vet visit, car wash, parking spot, bike, boat, tent, camera, sensor, signal, channel, message, call, news, headline, calendar, holiday, birthday, shopping list, list".split(
    ", ",
  );

/** Fields of results, with how their values are told. */
export const resultFields: readonly (readonly [
  name: string,
  kind: "number" | "word" | "name" | "code" | "place" | "money",
])[] = [
  ["temperature", "number"],
  ["humidity", "number"],
  ["price", "money"],
  ["total", "number"],
  ["count", "number"],
  ["distance", "number"],
  ["duration", "number"],
  ["score", "number"],
  ["level", "number"],
  ["status", "word"],
  ["condition", "word"],
  ["color", "word"],
  ["owner", "name"],
  ["contact", "name"],
  ["winner", "name"],
  ["driver", "name"],
  ["code", "code"],
  ["ticket", "code"],
  ["reference", "code"],
  ["place", "place"],
  ["address", "place"],
  ["room", "number"],
  ["date", "word"],
  ["balance", "money"],
  ["fee", "money"],
];
