import { sentenceCase } from "../conversation.ts";
import type { World } from "../world.ts";
import { categories, things } from "./everyday.ts";

type Value = string | number;

/** An argument: names it goes by, what it is, and its values. */
export interface EverydayArgument {
  names: readonly string[];
  description: string;
  type: "string" | "integer" | "number";
  value: (world: World) => Value;
}

/** A tool of daily life: words of which names are made, what it does, and requests; `{0}` is the first argument. */
export interface EverydayTool {
  verbs: readonly string[];
  subject: string;
  does: readonly string[];
  arguments: readonly EverydayArgument[];
  asks: readonly string[];
}

const of =
  (kind: string) =>
  ({ random }: World): string =>
    random.pick(categories[kind]!);
const adjectives =
  "Silver Golden Old Little Happy Green Quiet Lucky Lost Hidden Wild Bright Royal Second Broken Secret".split(
    " ",
  );
const nouns =
  "Anchor Bridge Castle Crown Dragon Feather Harbor Hill Lantern Lion Mirror Orchard River Stone Tower Wolf".split(
    " ",
  );
const named = ({ random }: World): string => `${random.pick(adjectives)} ${random.pick(nouns)}`;
const title = (world: World): string =>
  world.random.pick([
    `The ${named(world)}`,
    named(world),
    `${world.random.pick(nouns)} of ${world.invented()}`,
    sentenceCase(world.nonword()),
  ]);
const street = (world: World): string =>
  `${world.random.pick([world.invented(), world.random.pick(nouns), world.random.pick(adjectives)])} ${world.random.pick(["Street", "Road", "Avenue", "Lane", "Square"])}`;
const placeName = (world: World): string =>
  `${world.random.pick([world.invented(), world.random.pick(nouns)])} ${world.random.pick(["Park", "Station", "Museum", "School", "Hotel", "Library", "Airport", "Castle"])}`;
const day = ({ random }: World): string =>
  random.pick([
    random.pick(categories["days of the week"]!),
    "today",
    "tomorrow",
    `${random.pick(categories["months"]!)} ${random.int(1, 28)}`,
    `20${random.int(22, 35)}-0${random.int(1, 9)}-${random.int(10, 28)}`,
  ]);
const clock = ({ random }: World): string =>
  random.pick([
    `${random.int(1, 12)}:${random.pick(["00", "15", "30", "45"])}`,
    `${random.int(1, 12)} ${random.pick(["am", "pm"])}`,
  ]);
const code = ({ random }: World): string =>
  `${random.pick([..."ABCDEFGHKLMNPRSTVX"])}${random.chance(0.4) ? random.pick([..."ABCDEFGHKLM"]) : ""}${random.chance(0.3) ? "-" : ""}${random.int(10, 9999)}`;
const thing = ({ random }: World): string => random.pick(things);
const food = (world: World): string => of(world.random.pick(["fruits", "vegetables", "drinks"]))(world);
const creature = (world: World): string => of(world.random.pick(["animals", "birds", "insects"]))(world);

const text = (names: string, description: string, value: EverydayArgument["value"]): EverydayArgument => ({
  names: names.split(" "),
  description,
  type: "string",
  value,
});
const whole = (names: string, description: string, low: number, high: number): EverydayArgument => ({
  names: names.split(" "),
  description,
  type: "integer",
  value: ({ random }) => random.int(low, high),
});
const decimal = (names: string, description: string): EverydayArgument => ({
  names: names.split(" "),
  description,
  type: "number",
  value: ({ random }) => random.int(1, 999) / random.pick([1, 2, 10, 10]),
});

const city = text("city town place location", "The city", (world) =>
  world.random.chance(0.6) ? world.city() : world.invented(),
);
const person = text("person name who contact", "Name of the person", (world) => world.person());
const when = text("day date when", "The day", day);

const tool = (
  verbs: string,
  subject: string,
  does: readonly string[],
  args: readonly EverydayArgument[],
  asks: readonly string[],
): EverydayTool => ({ verbs: verbs.split(" "), subject, does, arguments: args, asks });

/** Tools of daily life; none is in the evaluation set. */
export const everydayTools: readonly EverydayTool[] = [
  tool(
    "get find show",
    "train",
    ["Finds trains to a city", "Trains to a city on a day"],
    [text("destination to city", "Where the train goes", (world) => world.city()), when],
    [
      "When does a train go to {0} on {1}?",
      "Find me a train to {0} for {1}.",
      "I want to go to {0} by train {1}.",
      "Is there a train to {0} on {1}?",
    ],
  ),
  tool(
    "open close lock",
    "door",
    ["Moves a door of the house", "Opens or closes a door"],
    [text("door room", "Which door", of("rooms of a house"))],
    ["Open the door of the {0}.", "Please open the {0} door.", "Can you open the door to the {0}?"],
  ),
  tool(
    "add put save",
    "shopping",
    ["Puts something on the shopping list", "Adds an item to the list"],
    [text("item product thing", "What to buy", food)],
    [
      "Put {0} on my shopping list.",
      "We need {0}.",
      "Add {0} to the list.",
      "Write {0} on the shopping list, please.",
    ],
  ),
  tool(
    "call ring phone",
    "person",
    ["Calls a person", "Starts a phone call"],
    [person],
    ["Call {0}.", "I want to talk to {0}.", "Please phone {0} for me.", "Can you call {0}?"],
  ),
  tool(
    "water feed",
    "plants",
    ["Gives water to a plant"],
    [text("plant flower name", "The plant", of("flowers")), whole("liters amount", "How many liters", 1, 9)],
    ["Give the {0} {1} liters of water.", "The {0} needs {1} liters of water."],
  ),
  tool(
    "find search look_up",
    "book",
    ["Looks for a book in the library", "Tells if the library has a book"],
    [text("title book name", "Title of the book", title)],
    [
      "Do you have the book {0}?",
      "Look for the book {0}.",
      "Is {0} in the library?",
      "I would like to read {0}.",
    ],
  ),
  tool(
    "play start",
    "music",
    ["Plays music of an artist", "Plays songs"],
    [text("artist singer band", "Who sings", (world) => `${world.person()} ${world.invented()}`)],
    ["Play something by {0}.", "I want to hear {0}.", "Play songs of {0}, please.", "Put on some {0}."],
  ),
  tool(
    "get show read",
    "menu",
    ["Shows the menu of a restaurant"],
    [text("restaurant place name", "Name of the restaurant", named)],
    ["What can I eat at {0}?", "Show me the menu of {0}.", "What is on the menu at {0}?"],
  ),
  tool(
    "rent reserve book",
    "bike",
    ["Rents bicycles"],
    [
      whole("number count bikes", "How many bicycles", 1, 9),
      whole("hours duration", "For how many hours", 1, 12),
    ],
    [
      "Rent {0} bikes for {1} hours.",
      "We need {0} bicycles for {1} hours.",
      "I would like {0} bikes for {1} hours.",
    ],
  ),
  tool(
    "get check",
    "traffic",
    ["Tells how busy a street is", "Traffic on a street"],
    [text("street road", "The street", street)],
    ["How is the traffic on {0}?", "Is there a jam on {0}?", "Is {0} busy?", "Can I drive along {0} now?"],
  ),
  tool(
    "find get",
    "doctor",
    ["Finds a doctor in a city"],
    [city],
    ["I need a doctor in {0}.", "Find a doctor in {0}.", "Which doctor is open in {0}?"],
  ),
  tool(
    "get show tell",
    "population",
    ["Tells how many people live in a country"],
    [text("country land nation", "The country", (world) => world.country())],
    ["How many people live in {0}?", "What is the population of {0}?", "Tell me how many people {0} has."],
  ),
  tool(
    "get find show",
    "museum",
    ["Tells the price of a ticket", "Ticket prices of a place"],
    [text("place museum name", "The place to visit", placeName)],
    [
      "How much is a ticket for {0}?",
      "What does it cost to visit {0}?",
      "Tell me the price of a ticket to {0}.",
    ],
  ),
  tool(
    "set change",
    "heating",
    ["Sets how warm a room is"],
    [
      text("room where", "The room", of("rooms of a house")),
      whole("degrees temperature celsius", "Degrees", 15, 26),
    ],
    ["Make the {0} {1} degrees warm.", "Heat the {0} to {1} degrees.", "Set the {0} to {1} degrees."],
  ),
  tool(
    "pay transfer give",
    "person",
    ["Gives money to a person"],
    [person, decimal("amount money euros", "How much money")],
    [
      "Give {0} {1} euros.",
      "Pay {1} euros to {0}.",
      "I owe {0} {1} euros, please pay.",
      "Transfer {1} euros to {0}.",
    ],
  ),
  tool(
    "get find",
    "team",
    ["Tells the last result of a team"],
    [
      text(
        "team club",
        "The team",
        (world) =>
          `${world.invented()} ${world.random.pick(["City", "United", "Rovers", "Tigers", "Stars"])}`,
      ),
    ],
    ["Did {0} win?", "How did {0} play?", "What was the result of {0}?"],
  ),
  tool(
    "show open",
    "map",
    ["Shows a place on the map"],
    [
      text("place address where", "The place", (world) =>
        world.random.chance(0.5) ? street(world) : placeName(world),
      ),
    ],
    ["Where is {0}?", "Show me {0} on the map.", "I cannot find {0}.", "How do I find {0}?"],
  ),
  tool(
    "get describe",
    "animal",
    ["Tells what an animal eats", "Food of an animal"],
    [text("animal creature kind", "The animal", creature)],
    ["What does a {0} eat?", "What do I give a {0} to eat?", "Tell me what a {0} eats."],
  ),
  tool(
    "count get",
    "calories",
    ["Tells how much energy food has"],
    [text("food item", "The food", food), whole("grams weight", "Grams", 10, 900)],
    ["How many calories have {1} grams of {0}?", "I ate {1} grams of {0}. How many calories is that?"],
  ),
  tool(
    "get check track",
    "parcel",
    ["Tells where a parcel is"],
    [text("parcel number id code", "Number of the parcel", code)],
    [
      "Where is parcel {0}?",
      "My parcel has the number {0}. Where is it?",
      "Track {0}.",
      "When does parcel {0} come?",
    ],
  ),
  tool(
    "invite ask",
    "party",
    ["Invites a person to a party"],
    [person, when],
    ["Invite {0} to my party on {1}.", "Ask {0} to come to the party {1}."],
  ),
  tool(
    "find get",
    "tree",
    ["Tells how tall a tree grows"],
    [text("tree kind", "The tree", of("trees"))],
    ["How tall does a {0} grow?", "How high is a {0}?", "Tell me the height of a {0}."],
  ),
  tool(
    "multiply area compute",
    "room",
    ["Computes the area of a room"],
    [whole("length long", "Length in meters", 2, 60), whole("width wide", "Width in meters", 2, 60)],
    [
      "My room is {0} meters long and {1} meters wide. How large is it?",
      "What is the area of {0} by {1} meters?",
    ],
  ),
  tool(
    "clean start send",
    "robot",
    ["Sends the robot to clean a room"],
    [text("room where", "The room", of("rooms of a house"))],
    ["Clean the {0}.", "The {0} is dirty.", "Let the robot clean the {0}.", "Can the robot go to the {0}?"],
  ),
  tool(
    "get find",
    "movie",
    ["Tells when a film is shown", "Times of a film"],
    [text("film movie title", "Title of the film", title), city],
    ["When can I see {0} in {1}?", "Is {0} shown in {1}?", "At what time is the film {0} in {1}?"],
  ),
  tool(
    "wake set",
    "clock",
    ["Wakes the user at a time"],
    [text("time at", "When", clock)],
    ["Wake me at {0}.", "I must get up at {0}.", "Please wake me up at {0}."],
  ),
  tool(
    "order buy",
    "flowers",
    ["Sends flowers to a person"],
    [text("flower kind", "Which flowers", of("flowers")), person],
    ["Send a {0} to {1}.", "Buy a {0} for {1}.", "I want to give {1} a {0}."],
  ),
  tool(
    "repair report fix",
    "thing",
    ["Reports something that is broken"],
    [text("thing object item", "What is broken", thing)],
    ["The {0} is broken.", "My {0} does not work.", "Please repair the {0}.", "Somebody must fix the {0}."],
  ),
  tool(
    "lend get borrow",
    "tool",
    ["Lends a tool"],
    [text("tool item", "The tool", of("tools")), whole("days duration", "For how many days", 1, 30)],
    ["Can I have a {0} for {1} days?", "I need a {0} for {1} days.", "Lend me a {0} for {1} days."],
  ),
  tool(
    "get check",
    "grade",
    ["Shows the grade of a student"],
    [
      text("student pupil name", "The student", (world) => world.person()),
      text("subject course", "School subject", of("school subjects")),
    ],
    ["Which grade has {0} in {1}?", "How good is {0} in {1}?", "Show the {1} grade of {0}."],
  ),
  tool(
    "park find",
    "parking",
    ["Finds a place for the car"],
    [text("street near road", "Where to park", street)],
    ["Where can I park near {0}?", "Find parking at {0}.", "I want to park my car at {0}."],
  ),
  tool(
    "paint color",
    "wall",
    ["Paints something in a color"],
    [
      text("object thing what", "What to paint", of("pieces of furniture")),
      text("color paint", "The color", of("colors")),
    ],
    ["Paint the {0} {1}.", "I would like the {0} to be {1}.", "Can you make the {0} {1}?"],
  ),
  tool(
    "teach learn",
    "instrument",
    ["Finds a teacher for an instrument"],
    [text("instrument which", "The instrument", of("musical instruments")), city],
    ["I want to learn the {0} in {1}.", "Find a {0} teacher in {1}.", "Who teaches the {0} in {1}?"],
  ),
  tool(
    "check get",
    "seat",
    ["Tells if a seat is free"],
    [whole("row line", "The row", 1, 40), whole("seat number", "The seat", 1, 30)],
    ["Is seat {1} in row {0} free?", "Can I have row {0}, seat {1}?"],
  ),
  tool(
    "define explain",
    "term",
    ["Explains a word of a school subject"],
    [text("term concept", "What to explain", (world) => world.nonword())],
    ["What does {0} mean?", "Explain {0}.", "I do not know what {0} is.", "What is a {0}?"],
  ),
  tool(
    "find get",
    "job",
    ["Finds work in a city"],
    [text("job profession work", "The job", of("jobs")), city],
    [
      "I am a {0} and look for work in {1}.",
      "Is there work for a {0} in {1}?",
      "Find me a job as a {0} in {1}.",
    ],
  ),
  tool(
    "cancel delete",
    "booking",
    ["Cancels a booking"],
    [text("booking code reservation", "Code of the booking", code)],
    ["Cancel booking {0}.", "I cannot come, my booking is {0}.", "Please cancel {0}."],
  ),
  tool(
    "get measure",
    "distance",
    ["Tells how far one city is from another"],
    [
      text("from start origin", "Where the way starts", (world) => world.city()),
      text("to end destination", "Where the way ends", (world) => world.invented()),
    ],
    [
      "How far is it from {0} to {1}?",
      "What is the distance between {0} and {1}?",
      "How long is the way from {0} to {1}?",
    ],
  ),
  tool(
    "write send post",
    "card",
    ["Writes a birthday card"],
    [person, whole("age years", "How old the person gets", 2, 99)],
    ["{0} turns {1} today. Write a card.", "Write a card for {0}, who is {1} now."],
  ),
  tool(
    "show find",
    "star",
    ["Tells when a planet can be seen"],
    [text("planet body", "The planet", of("planets")), city],
    ["When can I see {0} from {1}?", "Is {0} in the sky over {1} tonight?"],
  ),
  tool(
    "sell offer",
    "thing",
    ["Offers something for sale"],
    [text("item thing what", "What to sell", thing), decimal("price cost", "The price")],
    ["Sell my {0} for {1} euros.", "I want {1} euros for my {0}.", "Offer the {0} at {1} euros."],
  ),
  tool(
    "dress pick",
    "clothes",
    ["Says if clothes are in stock"],
    [
      text("clothing article garment", "Piece of clothing", of("pieces of clothing")),
      text("color", "The color", of("colors")),
    ],
    ["Do you have a {1} {0}?", "I am looking for a {1} {0}.", "Is the {0} there in {1}?"],
  ),
  tool(
    "log save note",
    "run",
    ["Notes a sport and how long it was done"],
    [text("sport activity", "The sport", of("sports")), whole("minutes time", "Minutes", 5, 180)],
    ["I did {1} minutes of {0}.", "Note {1} minutes of {0}.", "Today it was {1} minutes of {0}."],
  ),
  tool(
    "get spell",
    "name",
    ["Tells where a name comes from"],
    [text("name first_name", "The name", (world) => world.person())],
    [
      "Where does the name {0} come from?",
      "What is the origin of the name {0}?",
      "Tell me about the name {0}.",
    ],
  ),
  tool(
    "get find show",
    "bill",
    ["Shows the bill of a table"],
    [whole("table table_number", "Number of the table", 1, 60)],
    ["The bill for table {0}, please.", "Table {0} wants to pay.", "What does table {0} have to pay?"],
  ),
  tool(
    "take start ride",
    "lift",
    ["Moves the lift to a floor"],
    [whole("floor level story", "The floor", 0, 40)],
    ["Take me to floor {0}.", "I want to go to floor {0}.", "Floor {0}, please."],
  ),
  tool(
    "find check",
    "pharmacy",
    ["Says if a medicine is there"],
    [text("medicine drug name", "The medicine", (world) => world.invented())],
    ["Do you have {0}?", "Is {0} in stock?", "I need the medicine {0}."],
  ),
  tool(
    "find show",
    "photo",
    ["Shows photos of a year"],
    [whole("year", "The year", 1950, 2025), person],
    ["Show me photos of {1} from {0}.", "Which pictures of {1} are from {0}?"],
  ),
];
