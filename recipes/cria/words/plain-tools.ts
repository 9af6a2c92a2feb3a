/** The kinds of values that tools take. */
export type KindName =
  | "object"
  | "food"
  | "animal"
  | "person"
  | "pet"
  | "city"
  | "country"
  | "spot"
  | "title"
  | "word"
  | "code"
  | "count"
  | "room"
  | "job"
  | "color"
  | "month"
  | "day"
  | "date"
  | "language"
  | "message";

/** What a tool takes, by kind: how its argument is named and described. */
export const kinds: Readonly<Record<KindName, { names: readonly string[]; about: readonly string[] }>> = {
  object: {
    names: ["item", "thing", "product", "article", "object"],
    about: ["Name of the item", "Which thing", "The product"],
  },
  food: { names: ["food", "dish", "meal", "item"], about: ["What food", "Name of the dish", "The food"] },
  animal: {
    names: ["animal", "species", "pet"],
    about: ["Which animal", "Name of the animal", "Kind of animal"],
  },
  person: {
    names: ["person", "name", "who", "contact", "friend"],
    about: ["Name of the person", "Who it is about", "The person"],
  },
  pet: { names: ["pet", "name", "animal_name"], about: ["Name of the pet", "Which pet"] },
  city: {
    names: ["city", "town", "place", "location"],
    about: ["Name of the city", "Which town", "The place"],
  },
  country: { names: ["country", "land", "nation"], about: ["Name of the country", "Which country"] },
  spot: {
    names: ["place", "site", "name", "location"],
    about: ["Name of the place", "Which place", "Where"],
  },
  title: { names: ["title", "name", "work"], about: ["The title", "Name of the work", "Which one"] },
  word: { names: ["word", "term", "text"], about: ["The word", "Which word", "Word to look up"] },
  code: { names: ["code", "id", "number", "key"], about: ["The code", "Its number", "Which code"] },
  count: {
    names: ["count", "amount", "number", "how_many"],
    about: ["How many", "The number", "The amount"],
  },
  room: { names: ["room", "place", "where"], about: ["Which room", "The room", "Name of the room"] },
  job: { names: ["role", "job", "profession"], about: ["Which job", "The profession"] },
  color: { names: ["color", "paint", "shade"], about: ["Which color", "The color"] },
  month: { names: ["month", "when"], about: ["Which month", "The month"] },
  day: { names: ["day", "weekday", "when"], about: ["Which day", "Day of the week"] },
  date: { names: ["date", "day", "on"], about: ["The date", "Date as year-month-day"] },
  language: { names: ["language", "target", "to"], about: ["Which language", "The language"] },
  message: {
    names: ["message", "text", "content", "note"],
    about: ["The text", "What it says", "Text of the message"],
  },
};

/** A tool as people would ask for it: `{0}` and `{1}` are the values. */
export interface PlainTool {
  /** Words for its name. */
  name: string;
  does: readonly string[];
  takes: readonly KindName[];
  asks: readonly string[];
}

const tool = (
  name: string,
  does: readonly string[],
  takes: readonly KindName[],
  asks: readonly string[],
): PlainTool => ({
  name,
  does,
  takes,
  asks,
});

export const plainTools: readonly PlainTool[] = [
  tool(
    "price",
    ["Tells what something costs", "Price of a product"],
    ["object"],
    [
      "How much does a {0} cost?",
      "What does the {0} cost?",
      "I want to know the price of a {0}.",
      "Is the {0} expensive?",
      "Price of the {0}?",
    ],
  ),
  tool(
    "menu_price",
    ["Tells the price of a dish", "What a meal costs"],
    ["food"],
    ["How much is the {0}?", "What do you charge for {0}?", "Tell me what {0} costs."],
  ),
  tool(
    "stock",
    ["Tells how many of a product are left", "Counts what is in the store"],
    ["object"],
    [
      "Do we have a {0} in stock?",
      "How many of the {0} are in the store?",
      "Is there any {0} left?",
      "Check the stock of {0}.",
    ],
  ),
  tool(
    "warranty",
    ["Tells how long a product has a guarantee"],
    ["object"],
    ["How long is the guarantee for the {0}?", "Does my {0} still have a guarantee?"],
  ),
  tool(
    "calories",
    ["Tells how much energy a food has", "Calories of a food"],
    ["food"],
    ["How many calories does {0} have?", "Is {0} bad for my diet?", "Calories in {0}, please."],
  ),
  tool(
    "recipe",
    ["Finds how to cook something", "Gives a recipe"],
    ["food"],
    ["How do I cook {0}?", "I want to make {0}.", "Give me a recipe for {0}.", "What do I need for {0}?"],
  ),
  tool(
    "animal_food",
    ["Tells what an animal eats", "Food of an animal"],
    ["animal"],
    ["What does a {0} eat?", "What should I feed a {0}?", "Food for a {0}?"],
  ),
  tool(
    "lifespan",
    ["Tells how long an animal lives"],
    ["animal"],
    ["How long does a {0} live?", "How old can a {0} get?"],
  ),
  tool(
    "animal_sound",
    ["Plays the sound of an animal"],
    ["animal"],
    ["What does a {0} sound like?", "Let me hear a {0}.", "Play the sound of a {0}."],
  ),
  tool(
    "animal_weight",
    ["Tells how heavy an animal is"],
    ["animal"],
    ["How heavy is a {0}?", "How much does a {0} weigh?", "Weight of a {0}?"],
  ),
  tool(
    "phone",
    ["Finds the phone number of a person", "Looks up a number in the phone book"],
    ["person"],
    ["How can I call {0}?", "I need the number of {0}.", "What is {0}'s number?", "Find {0}'s phone number."],
  ),
  tool(
    "birthday",
    ["Tells when a person was born", "Finds a birthday"],
    ["person"],
    ["When is {0}'s birthday?", "When was {0} born?", "Tell me the birthday of {0}."],
  ),
  tool(
    "address",
    ["Finds where a person lives"],
    ["person"],
    ["Where does {0} live?", "What is {0}'s address?", "I need the address of {0}."],
  ),
  tool(
    "find_person",
    ["Tells in which room a person is"],
    ["person"],
    ["Where is {0} now?", "Have you seen {0}?", "In which room is {0}?"],
  ),
  tool(
    "salary",
    ["Tells what people in a job earn"],
    ["job"],
    ["What does a {0} earn?", "How much money does a {0} make?", "Salary of a {0}?"],
  ),
  tool(
    "find_worker",
    ["Finds somebody who does a job"],
    ["job"],
    ["I need a {0}.", "Find me a {0}.", "Is there a {0} near here?"],
  ),
  tool(
    "weather",
    ["Gives the weather of a place", "Weather report for a town"],
    ["city"],
    [
      "How is the weather in {0}?",
      "Is it warm in {0}?",
      "Does it rain in {0}?",
      "Do I need a coat in {0}?",
      "Weather for {0}, please.",
    ],
  ),
  tool(
    "local_time",
    ["Gives the time in a city", "Clock of a place"],
    ["city"],
    ["What is the time in {0}?", "How late is it in {0}?", "Tell me the time in {0}."],
  ),
  tool(
    "distance",
    ["Tells how far away a city is"],
    ["city"],
    ["How far is it to {0}?", "How many kilometers is it to {0}?", "Is {0} far away?"],
  ),
  tool(
    "population",
    ["Tells how many people live in a city"],
    ["city"],
    ["How many people live in {0}?", "How big is {0}?", "Population of {0}?"],
  ),
  tool(
    "air",
    ["Tells how clean the air of a city is"],
    ["city"],
    ["Is the air in {0} clean?", "How is the air in {0}?"],
  ),
  tool(
    "capital",
    ["Names the capital of a country"],
    ["country"],
    ["Which city is the capital of {0}?", "Name the capital of {0}.", "From where is {0} governed?"],
  ),
  tool(
    "currency",
    ["Tells with which money one pays in a country"],
    ["country"],
    ["What money do they use in {0}?", "With what do I pay in {0}?", "Currency of {0}?"],
  ),
  tool(
    "spoken",
    ["Tells which languages a country speaks"],
    ["country"],
    ["What do people speak in {0}?", "Which language is spoken in {0}?"],
  ),
  tool(
    "flag",
    ["Describes the flag of a country"],
    ["country"],
    ["What does the flag of {0} look like?", "Describe the flag of {0}."],
  ),
  tool(
    "opening",
    ["Tells when a place opens", "Opening hours of a place"],
    ["spot"],
    ["When does {0} open?", "Is {0} open today?", "Until when is {0} open?", "Opening hours of {0}?"],
  ),
  tool(
    "height",
    ["Tells how high a mountain or a tower is"],
    ["spot"],
    ["How high is {0}?", "How tall is {0}?", "What is the height of {0}?"],
  ),
  tool("depth", ["Tells how deep a lake is"], ["spot"], ["How deep is {0}?", "What is the depth of {0}?"]),
  tool(
    "built",
    ["Tells when something was built"],
    ["spot"],
    ["When was {0} built?", "How old is {0}?", "In which year did they build {0}?"],
  ),
  tool(
    "crowd",
    ["Counts the people at a place"],
    ["spot"],
    ["How many people are at {0}?", "Is it crowded at {0}?", "Are there many visitors at {0}?"],
  ),
  tool(
    "tickets",
    ["Tells what it costs to enter a place"],
    ["spot"],
    ["How much is a ticket for {0}?", "What does it cost to visit {0}?"],
  ),
  tool(
    "author",
    ["Tells who wrote a book", "Author of a work"],
    ["title"],
    ["Who is the writer of {0}?", "Who wrote the book {0}?", "By whom is {0}?", "Author of {0}?"],
  ),
  tool(
    "pages",
    ["Tells how long a book is"],
    ["title"],
    ["How many pages does {0} have?", "How long is the book {0}?"],
  ),
  tool(
    "play",
    ["Plays a song", "Starts a piece of music"],
    ["title"],
    ["Play {0}.", "I want to hear {0}.", "Put on the song {0}, please.", "Start the song {0}."],
  ),
  tool(
    "show_film",
    ["Shows a film"],
    ["title"],
    ["Show me the film {0}.", "I want to watch {0}.", "Start the movie {0}."],
  ),
  tool(
    "lend",
    ["Reserves a book in the library"],
    ["title"],
    ["Reserve the book {0}.", "I would like to borrow {0}.", "Keep {0} for me."],
  ),
  tool(
    "define",
    ["Explains what a word means", "Looks up a word"],
    ["word"],
    ["What does {0} mean?", "Explain the word {0}.", "What is the meaning of {0}?", "Define {0}."],
  ),
  tool(
    "rhymes",
    ["Finds words that rhyme"],
    ["word"],
    ["What rhymes with {0}?", "Find a rhyme for {0}.", "Give me words like {0}."],
  ),
  tool("spell", ["Spells a word"], ["word"], ["Spell {0}.", "How is {0} spelled?", "How do you write {0}?"]),
  tool(
    "backwards",
    ["Writes a word from back to front"],
    ["word"],
    ["Write {0} backwards.", "Turn the word {0} around."],
  ),
  tool(
    "translate",
    ["Translates a word into a language", "Word in another language"],
    ["word", "language"],
    [
      "What is {0} in {1}?",
      "How do you say {0} in {1}?",
      "Translate {0} into {1}.",
      "I need the {1} word for {0}.",
    ],
  ),
  tool(
    "track",
    ["Tells where a parcel is", "Follows an order"],
    ["code"],
    ["Where is order {0}?", "Has parcel {0} been sent?", "When does parcel {0} arrive?", "Track {0}."],
  ),
  tool(
    "open_box",
    ["Opens a locker"],
    ["code"],
    ["Open locker {0}.", "I want my things from locker {0}.", "Please unlock box {0}."],
  ),
  tool(
    "pay_bill",
    ["Pays a bill"],
    ["code"],
    ["Pay bill {0}.", "I want to pay the bill with the number {0}.", "Please settle {0}."],
  ),
  tool(
    "flight",
    ["Tells whether a flight is on time"],
    ["code"],
    ["Is flight {0} late?", "When does flight {0} land?", "Status of flight {0}?"],
  ),
  tool(
    "cancel",
    ["Cancels an order or a booking"],
    ["code"],
    ["Cancel {0}.", "I do not need order {0} any more.", "Please cancel the booking {0}."],
  ),
  tool(
    "light_on",
    ["Turns on the light of a room"],
    ["room"],
    [
      "Turn on the light in the {0}.",
      "It is dark in the {0}.",
      "Light in the {0}, please.",
      "Switch the {0} light on.",
    ],
  ),
  tool(
    "clean_room",
    ["Lets the robot clean a room"],
    ["room"],
    ["Clean the {0}.", "The {0} is dirty.", "Please sweep the {0}."],
  ),
  tool(
    "temperature",
    ["Measures how warm a room is"],
    ["room"],
    ["How warm is it in the {0}?", "Is the {0} cold?", "Temperature in the {0}?"],
  ),
  tool(
    "heat_room",
    ["Warms a room to some degrees"],
    ["room", "count"],
    ["Heat the {0} to {1} degrees.", "Make the {0} {1} degrees warm.", "I want {1} degrees in the {0}."],
  ),
  tool(
    "paint",
    ["Paints a room in a color"],
    ["room", "color"],
    ["Paint the {0} {1}.", "I want the {0} to be {1}.", "Make the walls of the {0} {1}."],
  ),
  tool(
    "color_thing",
    ["Gives a thing a color"],
    ["object", "color"],
    ["Make the {0} {1}.", "I want a {1} {0}.", "Color the {0} {1}."],
  ),
  tool(
    "timer",
    ["Rings after some minutes", "Starts a countdown"],
    ["count"],
    ["Wake me in {0} minutes.", "Set a timer for {0} minutes.", "Tell me when {0} minutes are over."],
  ),
  tool(
    "square",
    ["Multiplies a number with itself"],
    ["count"],
    ["What is {0} times {0}?", "What is the square of {0}?", "Square {0}."],
  ),
  tool(
    "sum",
    ["Adds two numbers", "Sum of two numbers"],
    ["count", "count"],
    ["What is {0} plus {1}?", "Add {1} to {0}.", "How much is {0} and {1}?", "Sum of {0} and {1}?"],
  ),
  tool(
    "difference",
    ["Takes one number from another"],
    ["count", "count"],
    ["What is {0} minus {1}?", "Take {1} from {0}.", "Subtract {1} from {0}."],
  ),
  tool(
    "product",
    ["Multiplies two numbers"],
    ["count", "count"],
    ["What is {0} times {1}?", "Multiply {0} by {1}.", "{0} times {1}?"],
  ),
  tool(
    "divide",
    ["Divides one number by another"],
    ["count", "count"],
    ["Divide {0} by {1}.", "What is {0} divided by {1}?"],
  ),
  tool(
    "miles",
    ["Turns miles into kilometers", "Converts miles"],
    ["count"],
    ["How far is {0} miles in kilometers?", "Turn {0} miles into kilometers.", "{0} miles in kilometers?"],
  ),
  tool(
    "fahrenheit",
    ["Turns degrees Celsius into Fahrenheit"],
    ["count"],
    ["How hot is {0} degrees in Fahrenheit?", "What is {0} Celsius in Fahrenheit?"],
  ),
  tool(
    "dollars",
    ["Turns euros into dollars"],
    ["count"],
    ["How many dollars are {0} euros?", "Change {0} euros into dollars."],
  ),
  tool(
    "volume",
    ["Sets how loud the music is"],
    ["count"],
    ["Set the volume to {0}.", "Make it {0} loud.", "Volume {0}, please."],
  ),
  tool(
    "elevator",
    ["Sends the elevator to a floor"],
    ["count"],
    ["Take me to floor {0}.", "I want to go to floor {0}.", "Elevator to floor {0}."],
  ),
  tool(
    "page",
    ["Opens a page of the book"],
    ["count"],
    ["Go to page {0}.", "Open page {0}.", "Show me page {0}."],
  ),
  tool("dice", ["Throws dice"], ["count"], ["Throw {0} dice.", "Roll {0} dice for me."]),
  tool(
    "buy",
    ["Buys some of a product"],
    ["object", "count"],
    ["Buy {1} of the product {0}.", "I need the {0}, {1} pieces.", "Get me {1} pieces of the {0}."],
  ),
  tool(
    "shopping",
    ["Puts food on the shopping list"],
    ["food"],
    [
      "Put {0} on my list.",
      "We need {0}.",
      "Add {0} to the shopping list.",
      "I have no {0} left, write it down.",
    ],
  ),
  tool(
    "order_food",
    ["Orders food for some people"],
    ["food", "count"],
    ["Order {0} for {1} people.", "We are {1} people and want {0}.", "Bring {0} for {1}."],
  ),
  tool(
    "table",
    ["Reserves a table in a restaurant"],
    ["spot", "count"],
    [
      "Reserve a table for {1} at {0}.",
      "We are {1} and want to eat at {0}.",
      "Is there a table for {1} at {0}?",
    ],
  ),
  tool(
    "room_free",
    ["Tells whether a room is free on a day"],
    ["spot", "day"],
    ["Is {0} free on {1}?", "Can we have {0} on {1}?", "Who uses {0} on {1}?"],
  ),
  tool(
    "message",
    ["Sends a message to somebody", "Writes to a person"],
    ["person", "message"],
    ["Tell {0}: {1}", "Write to {0}: {1}", "Send {0} the message {1}", "Let {0} know this: {1}"],
  ),
  tool(
    "remind",
    ["Reminds somebody on a day"],
    ["message", "day"],
    ["Remind me on {1}: {0}", "On {1}, tell me this: {0}", "Note for {1}: {0}"],
  ),
  tool(
    "post",
    ["Writes a text on the board"],
    ["message"],
    ["Post this: {0}", "Write on the board: {0}", "Put up a note that says: {0}"],
  ),
  tool(
    "meeting",
    ["Plans a meeting with a person on a day"],
    ["person", "day"],
    ["Plan a meeting with {0} on {1}.", "I want to see {0} on {1}.", "Can I meet {0} on {1}?"],
  ),
  tool(
    "gift",
    ["Sends a gift to a person"],
    ["object", "person"],
    ["Send {1} a {0}.", "I want to give {1} a {0}.", "A {0} for {1}, please."],
  ),
  tool(
    "move",
    ["Brings a thing into a room"],
    ["object", "room"],
    ["Bring the {0} to the {1}.", "Put the {0} into the {1}.", "The {0} belongs in the {1}."],
  ),
  tool(
    "repair",
    ["Calls someone to repair a thing"],
    ["object"],
    ["The {0} does not work.", "My {0} is broken.", "Please have the {0} repaired."],
  ),
  tool(
    "rename",
    ["Gives something a new name"],
    ["title", "title"],
    ["Rename {0} to {1}.", "Call {0} now {1}.", "The new name of {0} is {1}."],
  ),
  tool(
    "compare",
    ["Compares two cities"],
    ["city", "city"],
    ["Is {0} bigger than {1}?", "Compare {0} with {1}.", "What is better, {0} or {1}?"],
  ),
  tool(
    "train",
    ["Finds a train between two cities"],
    ["city", "city"],
    [
      "When does a train go from {0} to {1}?",
      "I want to travel from {0} to {1}.",
      "Train from {0} to {1}?",
      "How do I get from {0} to {1} by train?",
    ],
  ),
  tool(
    "bus",
    ["Tells when a bus leaves at a stop"],
    ["count", "spot"],
    ["When does line {0} stop at {1}?", "Next bus {0} at {1}?", "I am at {1}. When is the next bus {0}?"],
  ),
  tool(
    "holiday",
    ["Tells which holiday is on a date"],
    ["date"],
    ["Is {0} a holiday?", "Which holiday is on {0}?"],
  ),
  tool(
    "events",
    ["Lists what happens on a date in a city"],
    ["city", "date"],
    ["What happens in {0} on {1}?", "Events in {0} on {1}?", "What can I do in {0} on {1}?"],
  ),
  tool(
    "harvest",
    ["Tells what is ripe in a month"],
    ["month"],
    ["What is ripe in {0}?", "Which fruit can I pick in {0}?", "What grows in {0}?"],
  ),
  tool(
    "stars",
    ["Tells which stars one can see in a month"],
    ["month"],
    ["Which stars can I see in {0}?", "What is in the sky in {0}?"],
  ),
  tool(
    "walk_pet",
    ["Takes a pet for a walk of some minutes"],
    ["pet", "count"],
    ["Take {0} out for {1} minutes.", "Walk {0} for {1} minutes.", "{0} needs {1} minutes outside."],
  ),
  tool(
    "vet",
    ["Makes an appointment at the vet"],
    ["pet", "day"],
    ["{0} is ill. Can we come on {1}?", "Vet for {0} on {1}, please.", "Bring {0} to the vet on {1}."],
  ),
  tool(
    "score",
    ["Stores the points of a player"],
    ["person", "count"],
    ["{0} has {1} points.", "Write down {1} points for {0}.", "Give {0} {1} points."],
  ),
  tool(
    "hire",
    ["Gives a person a job"],
    ["person", "job"],
    ["Make {0} our new {1}.", "Hire {0} as a {1}.", "{0} starts as {1} today."],
  ),
  tool(
    "draw",
    ["Draws a picture of a thing"],
    ["object"],
    ["Draw a {0}.", "I want a picture of a {0}.", "Make me a drawing of a {0}."],
  ),
  tool(
    "photo",
    ["Takes a photo of an animal"],
    ["animal"],
    ["Take a photo of the {0}.", "I want a picture of that {0}.", "Look, a {0}! Take a picture."],
  ),
  tool(
    "sighting",
    ["Notes that an animal was seen at a place"],
    ["animal", "spot"],
    ["I saw a {0} at {1}.", "There is a {0} at {1}, write it down.", "Note a {0} at {1}."],
  ),
];
