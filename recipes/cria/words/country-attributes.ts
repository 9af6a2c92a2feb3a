/** A line of a country's profile, and how it is told and asked for; `{s}` is the country, `{v}` the value. */
export interface CountryAttribute {
  key: string;
  sentences: readonly string[];
  questions: readonly string[];
}

/** Lines of the factbook that make short sentences. */
export const countryAttributes: readonly CountryAttribute[] = [
  {
    key: "Location",
    sentences: ["{s} is located in {v}.", "Location of {s}: {v}."],
    questions: ["Where is {s} located?", "What is the location of {s}?"],
  },
  {
    key: "Climate",
    sentences: ["The climate of {s} is {v}.", "Climate: {v}."],
    questions: ["What is the climate of {s} like?", "What climate does {s} have?"],
  },
  {
    key: "Coastline",
    sentences: ["The coastline of {s} is {v} long.", "Coastline: {v}."],
    questions: ["How long is the coastline of {s}?", "How long is the coast?"],
  },
  {
    key: "highest point",
    sentences: ["The highest point of {s} is {v}.", "Highest point: {v}."],
    questions: ["What is the highest point of {s}?", "Which point of {s} is the highest?"],
  },
  {
    key: "lowest point",
    sentences: ["The lowest point of {s} is {v}.", "Lowest point: {v}."],
    questions: ["What is the lowest point of {s}?"],
  },
  {
    key: "total ",
    sentences: ["The area of {s} is {v}.", "{s} has an area of {v}."],
    questions: ["How big is {s}?", "What is the area of {s}?"],
  },
  {
    key: "name",
    sentences: ["The capital of {s} is {v}.", "{v} is the capital of {s}."],
    questions: ["What is the capital of {s}?", "Which city is the capital of {s}?"],
  },
  {
    key: "Internet country code",
    sentences: ["The Internet code of {s} is {v}.", "Its Internet code is {v}."],
    questions: ["What is the Internet code of {s}?"],
  },
  {
    key: "Airports",
    sentences: ["The number of airports in {s} is {v}.", "Airports: {v}."],
    questions: ["How many airports does {s} have?", "How many airports are there in {s}?"],
  },
  {
    key: "Government type",
    sentences: ["{s} has this form of government: {v}.", "The government of {s} is a {v}."],
    questions: ["What is the form of government of {s}?", "Which type of government does {s} have?"],
  },
  {
    key: "adjective",
    sentences: ["The adjective for {s} is {v}."],
    questions: ["What is the adjective for {s}?"],
  },
  {
    key: "National color(s)",
    sentences: ["The national colors of {s} are {v}.", "National colors: {v}."],
    questions: ["What are the national colors of {s}?", "Which colors are the national colors of {s}?"],
  },
  {
    key: "term in office",
    sentences: ["The term in office is {v}."],
    questions: ["How long is the term in office?"],
  },
  {
    key: "Area - comparative",
    sentences: ["{s} is {v}."],
    questions: ["What is {s} compared with in size?", "How does the area of {s} compare?"],
  },
  {
    key: "Population growth rate",
    sentences: ["The population growth rate of {s} is {v}.", "Population growth: {v}."],
    questions: ["What is the population growth rate of {s}?", "How fast does the population grow?"],
  },
];
