const list = (words: string): readonly string[] =>
  words
    .trim()
    .split(/\s*,\s*/)
    .filter((word) => word !== "");

/** Well-known cities. */
export const cities: readonly string[] = list(`
London, Paris, Rome, Madrid, Berlin, Lisbon, Vienna, Dublin, Oslo, Athens, Prague, Warsaw, Milan, Venice, Naples, Hamburg,
Munich, Lyon, Nice, Porto, Seville, Barcelona, Geneva, Zurich, Brussels, Amsterdam, Copenhagen, Stockholm, Helsinki,
Budapest, Moscow, Istanbul, Cairo, Nairobi, Lagos, Delhi, Mumbai, Tokyo, Osaka, Kyoto, Seoul, Beijing, Shanghai, Bangkok,
Hanoi, Jakarta, Manila, Sydney, Melbourne, Auckland, Toronto, Montreal, Vancouver, Chicago, Boston, Seattle, Denver,
Dallas, Houston, Miami, Austin, Phoenix, Lima, Bogota, Santiago, Quito, Havana, New York, San Francisco, Los Angeles,
Mexico City, Rio de Janeiro, Buenos Aires, Cape Town, Hong Kong, Edinburgh, Glasgow, Manchester, Bristol, Florence, Turin
`);

/** Countries. */
export const countries: readonly string[] = list(`
France, Germany, Italy, Spain, Portugal, Ireland, Norway, Sweden, Finland, Denmark, Poland, Austria, Greece, Turkey, Egypt,
Kenya, Nigeria, Morocco, India, China, Japan, Thailand, Vietnam, Indonesia, Australia, Canada, Mexico, Brazil, Argentina,
Chile, Peru, Cuba, Iceland, Hungary, Belgium, Switzerland
`);

/** Country, its capital, its continent. */
export const capitals: readonly (readonly [country: string, capital: string, continent: string])[] = [
  ["France", "Paris", "Europe"],
  ["Germany", "Berlin", "Europe"],
  ["Italy", "Rome", "Europe"],
  ["Spain", "Madrid", "Europe"],
  ["Portugal", "Lisbon", "Europe"],
  ["Ireland", "Dublin", "Europe"],
  ["Norway", "Oslo", "Europe"],
  ["Sweden", "Stockholm", "Europe"],
  ["Finland", "Helsinki", "Europe"],
  ["Denmark", "Copenhagen", "Europe"],
  ["Poland", "Warsaw", "Europe"],
  ["Austria", "Vienna", "Europe"],
  ["Greece", "Athens", "Europe"],
  ["Hungary", "Budapest", "Europe"],
  ["Belgium", "Brussels", "Europe"],
  ["Egypt", "Cairo", "Africa"],
  ["Kenya", "Nairobi", "Africa"],
  ["Japan", "Tokyo", "Asia"],
  ["China", "Beijing", "Asia"],
  ["South Korea", "Seoul", "Asia"],
  ["Thailand", "Bangkok", "Asia"],
  ["Vietnam", "Hanoi", "Asia"],
  ["India", "New Delhi", "Asia"],
  ["Canada", "Ottawa", "North America"],
  ["Mexico", "Mexico City", "North America"],
  ["Cuba", "Havana", "North America"],
  ["Peru", "Lima", "South America"],
  ["Chile", "Santiago", "South America"],
  ["Argentina", "Buenos Aires", "South America"],
  ["Brazil", "Brasilia", "South America"],
  ["Australia", "Canberra", "Oceania"],
  ["the United Kingdom", "London", "Europe"],
  ["Russia", "Moscow", "Europe"],
  ["Turkey", "Ankara", "Asia"],
];
