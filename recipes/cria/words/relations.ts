type Pairs = readonly (readonly [string, string])[];
const pairs = (words: string): Pairs =>
  words
    .trim()
    .split(/\s*,\s*/)
    .filter((word) => word !== "")
    .map((pair) => {
      const [left = "", right = ""] = pair.split("/");
      return [left, right] as const;
    });

/** Words with their opposite. */
export const opposites: Pairs = pairs(`
hot/cold, big/small, up/down, left/right, day/night, good/bad, old/new, fast/slow, light/dark, open/closed, happy/sad,
rich/poor, hard/soft, full/empty, early/late, near/far, high/low, long/short, wet/dry, clean/dirty, loud/quiet,
strong/weak, thick/thin, true/false, first/last, begin/end, buy/sell, give/take, push/pull, win/lose, love/hate, laugh/cry,
inside/outside, above/below, before/after, always/never, black/white, young/old, tall/short, wide/narrow, deep/shallow,
easy/difficult, cheap/expensive, sweet/bitter, brave/afraid, safe/dangerous, heavy/light, smooth/rough, sharp/blunt,
polite/rude, asleep/awake, alive/dead, north/south, east/west, summer/winter, friend/enemy, question/answer, start/stop,
come/go, remember/forget, arrive/leave, more/less, many/few, everything/nothing, yes/no, on/off, in/out, front/back,
top/bottom, morning/evening, sunrise/sunset, same/different, simple/complex, right/wrong, healthy/sick, calm/nervous,
lucky/unlucky, kind/cruel, noisy/silent, modern/ancient, warm/cool, raise/lower, lend/borrow, float/sink, increase/decrease
`);

/** Words that rhyme, in groups. */
export const rhymes: readonly (readonly string[])[] = [
  ["cat", "hat", "bat", "mat", "rat"],
  ["dog", "fog", "log", "frog"],
  ["tree", "bee", "sea", "key", "knee"],
  ["house", "mouse"],
  ["night", "light", "kite", "white", "bright"],
  ["day", "play", "way", "say", "gray"],
  ["moon", "spoon", "soon", "noon"],
  ["star", "car", "far", "jar"],
  ["cake", "lake", "snake", "make"],
  ["boat", "coat", "goat", "note"],
  ["rain", "train", "plane", "chain"],
  ["book", "look", "cook", "hook"],
  ["fish", "dish", "wish"],
  ["ball", "wall", "tall", "fall", "small"],
  ["bed", "red", "head", "bread"],
  ["sun", "run", "fun", "one"],
  ["bell", "shell", "well", "tell"],
  ["ring", "king", "sing", "wing", "spring"],
  ["box", "fox", "socks", "rocks"],
  ["hand", "sand", "land", "band"],
  ["rose", "nose", "toes", "close"],
  ["time", "lime", "climb", "rhyme"],
  ["gold", "cold", "old", "bold"],
  ["hill", "mill", "still", "fill"],
  ["pen", "ten", "hen", "men"],
  ["door", "floor", "four", "more"],
  ["blue", "shoe", "two", "new"],
  ["chair", "bear", "pear", "hair"],
  ["ice", "mice", "rice", "nice"],
  ["hop", "shop", "stop", "top"],
];

/** Words that do not keep the rule of -s in the plural. */
export const irregularPlurals: Pairs = pairs(`
child/children, mouse/mice, foot/feet, tooth/teeth, man/men, woman/women, goose/geese, person/people, leaf/leaves,
knife/knives, wolf/wolves, shelf/shelves, sheep/sheep, fish/fish, deer/deer, half/halves, life/lives, loaf/loaves
`);

/** What an animal says or what its young is called. */
export const animalFacts: readonly (readonly [animal: string, sound: string, young: string, home: string])[] =
  [
    ["dog", "barks", "puppy", "kennel"],
    ["cat", "meows", "kitten", "house"],
    ["cow", "moos", "calf", "barn"],
    ["horse", "neighs", "foal", "stable"],
    ["sheep", "bleats", "lamb", "field"],
    ["duck", "quacks", "duckling", "pond"],
    ["lion", "roars", "cub", "savanna"],
    ["pig", "grunts", "piglet", "sty"],
    ["bee", "buzzes", "larva", "hive"],
    ["hen", "clucks", "chick", "coop"],
    ["goat", "bleats", "kid", "farm"],
    ["bear", "growls", "cub", "den"],
    ["frog", "croaks", "tadpole", "pond"],
    ["owl", "hoots", "owlet", "tree"],
  ];

/** The plural of an English noun. */
export function plural(noun: string): string {
  const irregular = irregularPlurals.find(([one]) => one === noun);
  if (irregular !== undefined) return irregular[1];
  if (/(s|x|ch|sh)$/.test(noun)) return `${noun}es`;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  if (/(tomato|potato|hero)$/.test(noun)) return `${noun}es`;
  return `${noun}s`;
}
