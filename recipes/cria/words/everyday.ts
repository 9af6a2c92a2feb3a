const list = (words: string): readonly string[] =>
  words
    .trim()
    .split(/\s*,\s*/)
    .filter((word) => word !== "");

/** Everyday nouns by kind; the kind's name in the plural, as people ask for it. */
export const categories: Readonly<Record<string, readonly string[]>> = {
  fruits: list(
    "apple, banana, orange, pear, grape, cherry, lemon, peach, plum, mango, melon, kiwi, strawberry, pineapple, apricot, fig, lime, raspberry",
  ),
  vegetables: list(
    "carrot, potato, onion, tomato, cabbage, spinach, pea, bean, pepper, cucumber, lettuce, broccoli, leek, pumpkin, garlic, celery, beet",
  ),
  colors: list(
    "red, blue, green, yellow, orange, purple, black, white, brown, pink, gray, gold, silver, violet",
  ),
  animals: list(
    "dog, cat, horse, cow, sheep, lion, tiger, elephant, rabbit, mouse, bear, wolf, fox, monkey, goat, pig, deer, camel, giraffe, zebra",
  ),
  birds: list(
    "eagle, owl, parrot, robin, duck, swan, crow, pigeon, sparrow, penguin, goose, hen, turkey, seagull",
  ),
  insects: list("ant, bee, fly, butterfly, beetle, mosquito, wasp, moth, cricket, ladybug"),
  "pieces of furniture": list(
    "chair, table, bed, sofa, desk, shelf, lamp, wardrobe, stool, bench, cupboard, armchair",
  ),
  "pieces of clothing": list(
    "shirt, hat, coat, shoe, sock, dress, skirt, scarf, glove, jacket, belt, sweater, tie, boot",
  ),
  vehicles: list("car, bus, train, bicycle, truck, boat, plane, tram, motorcycle, van, ship, taxi"),
  "musical instruments": list(
    "piano, guitar, violin, drum, flute, trumpet, harp, cello, clarinet, saxophone, organ, banjo",
  ),
  drinks: list("water, tea, coffee, milk, juice, lemonade, cocoa, soda, cider, beer, wine"),
  sports: list(
    "football, tennis, swimming, basketball, hockey, golf, boxing, rowing, skiing, cycling, baseball, volleyball, judo",
  ),
  tools: list("hammer, saw, screwdriver, drill, wrench, pliers, axe, shovel, rake, ladder, file, chisel"),
  "parts of the body": list(
    "head, hand, foot, arm, leg, nose, ear, eye, mouth, knee, finger, shoulder, back, neck, elbow",
  ),
  jobs: list(
    "teacher, doctor, nurse, baker, farmer, driver, pilot, cook, painter, lawyer, plumber, carpenter, sailor, singer, dentist, gardener",
  ),
  "school subjects": list(
    "math, history, biology, chemistry, physics, geography, art, music, literature, economics",
  ),
  "rooms of a house": list(
    "kitchen, bedroom, bathroom, living room, hall, cellar, attic, garage, study, pantry",
  ),
  flowers: list("rose, tulip, daisy, lily, sunflower, violet, orchid, poppy, daffodil, iris, lavender"),
  trees: list("oak, pine, birch, maple, willow, palm, beech, ash, elm, cedar"),
  shapes: list("circle, square, triangle, rectangle, oval, cube, star, cone, sphere"),
  planets: list("Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, Neptune"),
  metals: list("iron, gold, silver, copper, tin, lead, zinc, aluminum, nickel"),
  "kitchen things": list("pan, pot, knife, fork, spoon, plate, bowl, cup, kettle, oven, glass, tray"),
  "things in an office": list(
    "pen, pencil, stapler, printer, folder, notebook, computer, calendar, telephone, envelope, paper clip",
  ),
  seasons: list("spring, summer, autumn, winter"),
  "days of the week": list("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
  months: list(
    "January, February, March, April, May, June, July, August, September, October, November, December",
  ),
  "kinds of weather": list("rain, snow, wind, fog, sunshine, storm, hail, frost, cloud"),
  "family members": list(
    "mother, father, sister, brother, aunt, uncle, grandmother, grandfather, cousin, son, daughter",
  ),
  toys: list("doll, ball, kite, puzzle, teddy bear, toy car, yo-yo, blocks, train set, robot"),
  "kinds of food": list(
    "bread, rice, pasta, cheese, soup, pizza, salad, fish, chicken, egg, cake, honey, butter, sandwich",
  ),
  languages: list(
    "English, French, German, Italian, Spanish, Portuguese, Chinese, Japanese, Arabic, Hindi, Russian, Greek",
  ),
  countries: list(
    "France, Germany, Italy, Spain, Japan, China, India, Brazil, Egypt, Canada, Mexico, Norway, Kenya",
  ),
  hobbies: list(
    "reading, painting, cooking, gardening, chess, photography, hiking, knitting, fishing, dancing, singing, cycling, swimming, drawing",
  ),
};

/** Adjectives that stand before things. */
export const adjectives: readonly string[] = list(`
big, small, old, new, young, long, short, tall, happy, sad, clean, dirty, warm, cold, fast, slow, loud, quiet, soft, hard,
heavy, light, bright, dark, kind, brave, clever, funny, gentle, honest, lazy, busy, calm, angry, tired, hungry, thirsty,
pretty, strong, weak, rich, poor, sweet, sour, fresh, dry, wet, full, empty, round, flat, wide, narrow, deep, smooth, rough,
sharp, strange, simple, famous, careful, friendly, lovely, lucky, proud, shy, wise, wild, golden, wooden, tiny, huge
`);

/** Verbs: base form, third person, past, -ing form. */
export const verbs: readonly (readonly [base: string, third: string, past: string, ing: string])[] = [
  ["walk", "walks", "walked", "walking"],
  ["run", "runs", "ran", "running"],
  ["eat", "eats", "ate", "eating"],
  ["drink", "drinks", "drank", "drinking"],
  ["sleep", "sleeps", "slept", "sleeping"],
  ["read", "reads", "read", "reading"],
  ["write", "writes", "wrote", "writing"],
  ["sing", "sings", "sang", "singing"],
  ["dance", "dances", "danced", "dancing"],
  ["cook", "cooks", "cooked", "cooking"],
  ["play", "plays", "played", "playing"],
  ["work", "works", "worked", "working"],
  ["swim", "swims", "swam", "swimming"],
  ["jump", "jumps", "jumped", "jumping"],
  ["laugh", "laughs", "laughed", "laughing"],
  ["cry", "cries", "cried", "crying"],
  ["talk", "talks", "talked", "talking"],
  ["listen", "listens", "listened", "listening"],
  ["wait", "waits", "waited", "waiting"],
  ["open", "opens", "opened", "opening"],
  ["close", "closes", "closed", "closing"],
  ["buy", "buys", "bought", "buying"],
  ["sell", "sells", "sold", "selling"],
  ["bring", "brings", "brought", "bringing"],
  ["take", "takes", "took", "taking"],
  ["give", "gives", "gave", "giving"],
  ["find", "finds", "found", "finding"],
  ["lose", "loses", "lost", "losing"],
  ["see", "sees", "saw", "seeing"],
  ["hear", "hears", "heard", "hearing"],
  ["build", "builds", "built", "building"],
  ["break", "breaks", "broke", "breaking"],
  ["draw", "draws", "drew", "drawing"],
  ["drive", "drives", "drove", "driving"],
  ["fly", "flies", "flew", "flying"],
  ["grow", "grows", "grew", "growing"],
  ["learn", "learns", "learned", "learning"],
  ["teach", "teaches", "taught", "teaching"],
  ["think", "thinks", "thought", "thinking"],
  ["help", "helps", "helped", "helping"],
  ["love", "loves", "loved", "loving"],
  ["like", "likes", "liked", "liking"],
  ["want", "wants", "wanted", "wanting"],
  ["clean", "cleans", "cleaned", "cleaning"],
  ["wash", "washes", "washed", "washing"],
  ["paint", "paints", "painted", "painting"],
  ["plant", "plants", "planted", "planting"],
  ["climb", "climbs", "climbed", "climbing"],
  ["visit", "visits", "visited", "visiting"],
  ["watch", "watches", "watched", "watching"],
];

/** Everyday nouns that are things one can hold, see or visit. */
export const things: readonly string[] = list(`
book, ball, box, bag, key, door, window, house, garden, street, bridge, river, lake, mountain, forest, beach, field, farm,
school, shop, market, park, library, museum, church, hotel, station, airport, office, bank, hospital, letter, picture,
photo, song, story, game, gift, clock, watch, phone, camera, mirror, candle, blanket, pillow, basket, bottle, bucket, rope,
stone, leaf, tree, flower, cloud, star, moon, sun, fire, road, wall, roof, floor, kitchen, chair, table, bed, lamp, coat,
hat, shoe, ring, coin, map, ticket, train, bus, car, boat, bike, plane, cake, bread, apple, cheese, soup, egg, dog, cat,
horse, bird, fish, mouse, rabbit, duck, friend, teacher, doctor, farmer, baker, child, mother, father, sister, brother
`);
