const list = (words: string): readonly string[] =>
  words
    .trim()
    .split(/\s*,\s*/)
    .filter((word) => word !== "");

/** People by what they do, for "the baker" and "a young baker". */
export const roles: readonly string[] = list(`
teacher, doctor, nurse, baker, farmer, driver, pilot, cook, painter, lawyer, plumber, carpenter, sailor, singer, dentist,
gardener, fisherman, hunter, miller, tailor, butcher, waiter, clerk, judge, soldier, guard, guide, postman, shepherd, smith,
writer, dancer, actor, student, professor, librarian, mayor, priest, monk, king, queen, prince, princess, giant, witch, thief,
merchant, traveler, visitor, guest, neighbor, stranger, hunter, captain, director, trainer, coach, player, goalkeeper, photographer,
mechanic, engineer, scientist, inventor, collector, old man, old woman, young man, young woman, boy, girl, child, tourist, customer
`);

/** Relatives, with their pronoun. */
export const relatives: readonly (readonly [word: string, pronoun: "he" | "she"])[] = [
  ["mother", "she"],
  ["father", "he"],
  ["sister", "she"],
  ["brother", "he"],
  ["aunt", "she"],
  ["uncle", "he"],
  ["grandmother", "she"],
  ["grandfather", "he"],
  ["daughter", "she"],
  ["son", "he"],
];

/** Titles before a family name, with their pronoun. */
export const titles: readonly (readonly [title: string, pronoun: "he" | "she"])[] = [
  ["Mr.", "he"],
  ["Mrs.", "she"],
  ["Miss", "she"],
  ["Ms.", "she"],
  ["Doctor", "she"],
  ["Doctor", "he"],
  ["Captain", "he"],
  ["Professor", "she"],
  ["Uncle", "he"],
  ["Aunt", "she"],
];

/** Several people at once. */
export const groups: readonly string[] = list(`
the children, the workers, the students, the players, the farmers, the guests, the visitors, two boys, three girls, two friends,
the neighbors, the soldiers, the sailors, the villagers, the tourists, the twins, two brothers, three sisters, the singers, the nurses
`);

export const animals: readonly string[] = list(`
dog, cat, horse, cow, sheep, lion, tiger, elephant, rabbit, mouse, bear, wolf, fox, monkey, goat, pig, deer, camel, giraffe, zebra,
donkey, squirrel, hedgehog, frog, turtle, snake, crocodile, whale, dolphin, seal, shark, eagle, owl, parrot, robin, duck, swan, crow,
pigeon, sparrow, penguin, goose, hen, rooster, turkey, stork, spider, ant, bee, butterfly, beetle, snail, worm, crab, lizard, rat,
hamster, pony, calf, lamb, kitten, puppy, badger, beaver, moose, buffalo, kangaroo, koala, leopard, cheetah, hippo, bat, mole, raven
`);

/** Plurals that the rules of spelling do not make. */
export const plurals: Readonly<Record<string, string>> = {
  sheep: "sheep",
  mouse: "mice",
  wolf: "wolves",
  deer: "deer",
  goose: "geese",
  calf: "calves",
  fish: "fish",
  knife: "knives",
  leaf: "leaves",
  loaf: "loaves",
  shelf: "shelves",
  moose: "moose",
  buffalo: "buffalo",
  child: "children",
  scarf: "scarves",
};

export const objects: readonly string[] = list(`
book, ball, box, bag, key, letter, picture, gift, clock, watch, phone, camera, mirror, candle, blanket, pillow, basket, bottle, bucket,
rope, stone, flower, lamp, coat, hat, ring, coin, map, ticket, chair, table, bench, bed, cupboard, drawer, shelf, carpet, curtain, vase,
plate, bowl, cup, spoon, fork, knife, pan, kettle, jar, barrel, sack, chest, suitcase, umbrella, glove, scarf, shoe, boot, sock, shirt, dress,
belt, button, needle, hammer, saw, nail, ladder, brush, broom, shovel, rake, wheel, cart, bicycle, boat, sled, kite, doll, puzzle, drum,
guitar, violin, flute, piano, trumpet, bell, flag, lantern, torch, sword, crown, statue, painting, poster, newspaper, notebook, pencil, pen,
envelope, stamp, postcard, photograph, necklace, bracelet, earring, pearl, diamond, shell, feather, bone, egg, nest, log, plank, brick, tent,
backpack, compass, telescope, radio, television, computer, printer, battery, engine, machine, robot, tractor, truck, van, sofa, stove, oven
`);

export const foods: readonly string[] = list(`
bread, soup, cake, rice, cheese, honey, pasta, fish, salad, pizza, butter, jam, chocolate, ice cream, pancakes, cookies, apples, pears, plums,
cherries, grapes, berries, nuts, carrots, potatoes, beans, peas, onions, mushrooms, tomatoes, eggs, sausages, porridge, a sandwich, a banana,
an apple, an orange, a pear, a melon, dumplings, noodles, stew, olives, dates, figs, corn, pumpkin pie, apple pie, roast chicken, fried fish
`);

export const drinks: readonly string[] = list(
  "water, tea, coffee, milk, juice, lemonade, cocoa, hot chocolate, apple juice, mint tea, cider",
);

/** Places with the preposition of being there; `the {place}` follows. */
export const sites: readonly (readonly [preposition: string, place: string])[] = [
  ["in", "forest"],
  ["in", "garden"],
  ["in", "kitchen"],
  ["in", "cellar"],
  ["in", "attic"],
  ["in", "village"],
  ["in", "school"],
  ["in", "library"],
  ["in", "museum"],
  ["in", "church"],
  ["in", "barn"],
  ["in", "stable"],
  ["in", "castle"],
  ["in", "tower"],
  ["in", "cave"],
  ["in", "valley"],
  ["in", "desert"],
  ["in", "field"],
  ["in", "park"],
  ["in", "workshop"],
  ["in", "hospital"],
  ["in", "classroom"],
  ["in", "office"],
  ["in", "bathroom"],
  ["in", "bedroom"],
  ["in", "hall"],
  ["in", "garage"],
  ["in", "snow"],
  ["in", "sand"],
  ["in", "river"],
  ["in", "lake"],
  ["in", "hotel"],
  ["in", "tent"],
  ["at", "market"],
  ["at", "station"],
  ["at", "harbor"],
  ["at", "airport"],
  ["at", "town hall"],
  ["at", "theater"],
  ["at", "bus stop"],
  ["at", "well"],
  ["on", "beach"],
  ["on", "roof"],
  ["on", "bridge"],
  ["on", "hill"],
  ["on", "mountain"],
  ["on", "island"],
  ["on", "train"],
  ["on", "ship"],
  ["on", "farm"],
  ["on", "balcony"],
  ["near", "old mill"],
  ["near", "waterfall"],
  ["near", "lighthouse"],
  ["near", "school gate"],
  ["behind", "house"],
  ["behind", "shop"],
  ["under", "bridge"],
  ["under", "bed"],
  ["under", "big tree"],
  ["under", "table"],
  ["next to", "fountain"],
  ["next to", "fire"],
  ["in front of", "bakery"],
  ["in front of", "cinema"],
];

export const times: readonly string[] = list(`
on Monday, on Tuesday, on Wednesday, on Thursday, on Friday, on Saturday, on Sunday, in spring, in summer, in autumn, in winter,
in January, in February, in March, in April, in May, in June, in July, in August, in September, in October, in November, in December,
in the morning, in the evening, in the afternoon, at night, at noon, at midnight, at dawn, at sunset, yesterday, last week, last year,
last summer, last night, last Sunday, on her birthday, before breakfast, after lunch, after school, before the storm, after the rain,
at six, at seven in the morning, at nine in the evening, at half past four, two days later, a week ago, three years ago, during the war,
during the holidays, on the first day of school, at Christmas, on market day, after the wedding, before sunrise, a long time ago
`);

export const durations: readonly string[] = list(`
two days, three days, four days, five weeks, six weeks, two hours, three hours, four hours, ten minutes, twenty minutes, half an hour, an hour,
a week, a month, a year, two years, seven years, ten years, forty years, one night, three nights, the whole day, all night, all summer
`);

/** Reasons, after which a sentence can end. */
export const reasons: readonly string[] = list(`
because it was raining, because it was cold, because the door was locked, because the road was closed, because it was dark,
because the old one was broken, because there was no bread left, because the bus was late, because it was a holiday, because the roof leaked,
to surprise a friend, to save money, to keep warm, to help a neighbor, to win a prize, to please the guests, to stay dry, to feed the birds,
to find some peace, to learn something new, to make the children laugh, to get to work on time, to see the sunrise, to scare the crows
`);

export const manners: readonly string[] = list(`
by hand, with a spoon, with a stick, with a hammer, with a long rope, with warm water, with a soft cloth, with a sharp knife, very slowly,
very carefully, in silence, in a hurry, with great care, by train, by boat, on foot, on horseback, by bus, with both hands, with a smile
`);

export const numbers: readonly string[] = list(
  "two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, fifteen, twenty, thirty, forty, fifty, sixty, a hundred",
);

export const hues: readonly string[] = list(
  "red, blue, green, yellow, orange, purple, black, white, brown, pink, gray, golden, silver, dark green, light blue, dark red",
);

/** Verbs with an object: base form, past, and the kinds of thing they are done to. */
export const deeds: readonly (readonly [
  base: string,
  past: string,
  kind: "object" | "food" | "drink" | "animal" | "any",
])[] = [
  ["buy", "bought", "any"],
  ["sell", "sold", "any"],
  ["find", "found", "any"],
  ["lose", "lost", "object"],
  ["see", "saw", "any"],
  ["bring", "brought", "any"],
  ["carry", "carried", "object"],
  ["take", "took", "object"],
  ["steal", "stole", "object"],
  ["hide", "hid", "object"],
  ["paint", "painted", "object"],
  ["break", "broke", "object"],
  ["repair", "repaired", "object"],
  ["clean", "cleaned", "object"],
  ["wash", "washed", "any"],
  ["build", "built", "object"],
  ["make", "made", "object"],
  ["borrow", "borrowed", "object"],
  ["forget", "forgot", "object"],
  ["drop", "dropped", "object"],
  ["throw", "threw", "object"],
  ["keep", "kept", "any"],
  ["want", "wanted", "object"],
  ["need", "needed", "object"],
  ["draw", "drew", "any"],
  ["photograph", "photographed", "any"],
  ["collect", "collected", "any"],
  ["count", "counted", "any"],
  ["move", "moved", "object"],
  ["open", "opened", "object"],
  ["bury", "buried", "object"],
  ["touch", "touched", "any"],
  ["pull", "pulled", "object"],
  ["push", "pushed", "object"],
  ["lift", "lifted", "object"],
  ["order", "ordered", "any"],
  ["choose", "chose", "any"],
  ["eat", "ate", "food"],
  ["cook", "cooked", "food"],
  ["bake", "baked", "food"],
  ["taste", "tasted", "food"],
  ["share", "shared", "food"],
  ["cut", "cut", "food"],
  ["drink", "drank", "drink"],
  ["pour", "poured", "drink"],
  ["feed", "fed", "animal"],
  ["catch", "caught", "animal"],
  ["chase", "chased", "animal"],
  ["follow", "followed", "animal"],
  ["meet", "met", "animal"],
  ["save", "saved", "animal"],
  ["love", "loved", "any"],
  ["watch", "watched", "animal"],
  ["hear", "heard", "animal"],
  ["ride", "rode", "animal"],
];

/** Verbs without an object: base form and past. */
export const goings: readonly (readonly [base: string, past: string])[] = [
  ["sleep", "slept"],
  ["wait", "waited"],
  ["sing", "sang"],
  ["dance", "danced"],
  ["work", "worked"],
  ["play", "played"],
  ["hide", "hid"],
  ["rest", "rested"],
  ["swim", "swam"],
  ["stand", "stood"],
  ["sit", "sat"],
  ["cry", "cried"],
  ["laugh", "laughed"],
  ["live", "lived"],
  ["stay", "stayed"],
  ["fall", "fell"],
  ["land", "landed"],
  ["stop", "stopped"],
  ["jump", "jumped"],
  ["read", "read"],
];

/** What animals of a kind do, for sentences such as "Most owls hunt mice at night": verb and its objects. */
export const habits: readonly (readonly [verb: string, objects: readonly string[]])[] = [
  [
    "eat",
    list(
      "grass, leaves, seeds, fish, insects, worms, mice, fruit, roots, nuts, berries, snails, eggs, frogs, bark, moss, crabs, flowers",
    ),
  ],
  ["hunt", list("mice, fish, birds, insects, rabbits, deer, frogs, snakes, lizards, beetles")],
  ["fear", list("thunder, fire, wolves, dogs, snakes, loud noises, people, eagles, water, the dark")],
  ["build", list("nests, dams, tunnels, webs, hives, burrows, small hills")],
  ["carry", list("seeds, twigs, stones, their young, food, leaves")],
];

export const habitats: readonly string[] = list(`
in the forest, in the desert, in cold water, in warm seas, in tall trees, in caves, under the ground, in old barns, on high mountains, in the grass,
near rivers, on islands, in holes, in the snow, on the coast, in gardens, in swamps, in large groups, in the mud, under stones, in the reeds
`);
