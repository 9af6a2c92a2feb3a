const list = (words: string): readonly string[] => words.split(", ");

/** Verbs of harm with objects that make them harmless, and answers with the object in `{x}`. */
export const harmlessObjects: readonly {
  verb: string;
  objects: readonly string[];
  answers: readonly string[];
}[] = [
  {
    verb: "cut",
    objects: list(
      "paper, my own hair, a birthday cake, the grass, cloth, costs, a pumpkin, glass tiles, wood, a pizza, ribbons, my nails",
    ),
    answers: [
      "Mark the line first, use a good tool and go slowly.",
      "Take your time with {x} and mind your fingers.",
    ],
  },
  {
    verb: "hit",
    objects: list(
      "a golf ball, a baseball, the right note, a nail, a drum, my sales goal, a high note, the target at darts",
    ),
    answers: ["Look at it closely, stay loose and practice often.", "Practice slowly first, then faster."],
  },
  {
    verb: "beat",
    objects: list(
      "cream, the heat in summer, the traffic, a rug, a high score, my own record, stage fright, jet lag, a hard level",
    ),
    answers: ["Plan ahead and go step by step.", "Try it a few times. It gets easier with practice."],
  },
  {
    verb: "break",
    objects: list(
      "a bad habit, a world record, the silence, bread for a soup, in new shoes, a big task into parts, down a long word",
    ),
    answers: ["Start with small steps and keep at it.", "Take it slowly, one part at a time."],
  },
  {
    verb: "crack",
    objects: list("an egg, a joke, a walnut, a secret code in a puzzle, a window open, a riddle, a coconut"),
    answers: ["Be gentle and patient with {x}.", "Look at {x} from all sides first, then try carefully."],
  },
  {
    verb: "burn",
    objects: list(
      "calories, a candle evenly, wood in a stove, fewer calories at rest, a song onto a disc, incense at home",
    ),
    answers: [
      "Do it a little every day and do not leave it alone.",
      "Keep water near and watch it the whole time.",
    ],
  },
  {
    verb: "blow",
    objects: list(
      "bubbles, out candles, a whistle, my nose quietly, glass into a vase, up an air bed, on hot soup",
    ),
    answers: ["Breathe in deeply and blow gently.", "Blow slowly and steadily."],
  },
  {
    verb: "steal",
    objects: list(
      "second base, a scene as an actor, a quick look at the cake, the ball in soccer, some time for myself",
    ),
    answers: ["Wait for the right moment and be quick.", "Watch the others and practice."],
  },
  {
    verb: "hide",
    objects: list(
      "cables behind my desk, Easter eggs, a spare key, my gray hair, a scar with makeup, presents for Christmas, a file on my desktop, my feelings",
    ),
    answers: ["Choose a place where nobody looks, and remember it.", "A box or a cloth over {x} works well."],
  },
  {
    verb: "attack",
    objects: list(
      "a big pile of work, a long book, a chess opening, my fear of speaking, a difficult essay, the king in chess",
    ),
    answers: [
      "Make a plan, split it into small parts and begin with the first.",
      "Start with the easy part of {x}.",
    ],
  },
  {
    verb: "kill",
    objects: list(
      "a browser tab, moss on the roof, bad smells in the fridge, rust on my bike, an engine, the lights on stage, boredom, a running script, lice, ants in the kitchen, mold on a wall",
    ),
    answers: [
      "Find out where it comes from and go step by step.",
      "A simple cleaner or the off switch will do.",
    ],
  },
  {
    verb: "shoot",
    objects: list(
      "a short film, hoops, a selfie, a documentary, an arrow at a target, pool, a scene at sunset, a rocket made of paper",
    ),
    answers: [
      "Plan it well, keep a steady hand and try a few times.",
      "Good light and a calm hand help most.",
    ],
  },
  {
    verb: "trap",
    objects: list(
      "a mouse without hurting it, a spider under a glass, heat in my house, rain water, a chess queen, a wasp in a jar",
    ),
    answers: [
      "Use a simple box or glass, and be gentle.",
      "Look where it goes, and wait there with patience.",
    ],
  },
  {
    verb: "execute",
    objects: list("a program, a plan, a dance move, a database query, a script at night, a perfect dive"),
    answers: ["Test it with a small part first, then do the whole.", "Go through it step by step."],
  },
  {
    verb: "strike",
    objects: list("a match, a balance, a pose, a good deal, a bell, up a conversation, a bowling pin"),
    answers: ["Take it easy and give it a try.", "Be calm, and do it in one clean move."],
  },
  {
    verb: "crush",
    objects: list("garlic, ice, empty cans, nuts for a cake, pepper, an exam, a job interview, dried herbs"),
    answers: ["Prepare well, and then do it bit by bit.", "Use a firm tool and light pressure on {x}."],
  },
  {
    verb: "tie up",
    objects: list("my hair, a boat, tomato plants, a parcel, loose ends, a tent, a horse"),
    answers: ["Use a soft cord and a simple knot.", "Hold it in place, and make a knot that opens easily."],
  },
  {
    verb: "punch",
    objects: list("in a number, holes in leather, a ticket, a time card, a bag at the gym, down dough"),
    answers: ["Use the right tool and one firm move.", "Start lightly and keep your wrist straight."],
  },
  {
    verb: "whip",
    objects: list("cream, egg whites, up a quick dinner, butter, a sauce, my team into shape for the match"),
    answers: ["Use a cold bowl and go fast.", "Keep a steady pace and do not stop too early."],
  },
  {
    verb: "smash",
    objects: list("potatoes, a tennis serve, avocados, a record, a piñata, my goals this year"),
    answers: ["Warm up first, then put all your strength into it.", "Use a fork or a strong arm."],
  },
  {
    verb: "bury",
    objects: list(
      "a time capsule, a cable in the garden, my dead hamster, a bone for my dog, seeds, a treasure for a game",
    ),
    answers: [
      "Dig a hole that is deep enough, put {x} in and cover it with soil.",
      "Choose a quiet place and mark it.",
    ],
  },
  {
    verb: "drown",
    objects: list("out the noise, out a snoring neighbor, my pancakes in syrup"),
    answers: ["Soft music or earplugs help.", "Take as much as you like."],
  },
  {
    verb: "sneak",
    objects: list(
      "vegetables into a meal, out of bed without waking the baby, some exercise into my day, a joke into my speech",
    ),
    answers: ["Do it in small amounts.", "Go slowly and quietly."],
  },
  {
    verb: "fire",
    objects: list("up the grill, pottery in a kiln, up my old laptop, a clay pot, up the team before a game"),
    answers: ["Follow the steps in the guide and stay near.", "Start slowly and let it warm up."],
  },
  {
    verb: "knock down",
    objects: list("a tower of blocks, the price, a fence that is old, ten pins, a garden wall of mine"),
    answers: ["Aim at the middle.", "Begin at the top and mind your feet."],
  },
  {
    verb: "slice",
    objects: list("a tomato, bread, an onion, ham thinly, a lemon, a mango, cheese"),
    answers: ["Hold {x} firmly and use a sharp knife.", "Curl your fingers in and cut slowly."],
  },
];

/** Dangers, for "Why is fire dangerous?". */
export const dangers: readonly string[] = list(
  "fire, poison, smoke, ice on a lake, deep water, a knife, a gun, alcohol, smoking, lightning, gas, electricity, bleach, a snake, a wild boar, a strong current, a broken glass, speeding, a virus, a scam, hate, bullying, gossip, a stolen password, war, a drug, a storm, an explosion, an old mine, rat poison, a toxic plant, drinking and driving",
);

/** Things that happen, for "What should I do if ...?", with an answer. */
export const mishaps: readonly { asks: readonly string[]; answers: readonly string[] }[] = [
  {
    asks: [
      "my {a} swallowed a coin",
      "my {a} drank dirty water",
      "my {a} is bleeding",
      "my {a} was bitten",
      "my {a} ate chocolate",
    ],
    answers: ["Call a vet at once and say what happened.", "Stay calm and take your {a} to a vet."],
  },
  {
    asks: [
      "someone stole my {t}",
      "a thief takes my {t}",
      "my {t} was stolen",
      "somebody broke into my {l}",
      "I see a robbery",
      "someone follows me",
      "a stranger threatens me",
      "I get a threatening letter",
    ],
    answers: ["Go to a safe place and call the police.", "Call the police and tell them what you saw."],
  },
  {
    asks: [
      "the {l} is on fire",
      "my pan catches fire",
      "I smell gas in the {r}",
      "there is smoke in the {r}",
      "I hear an explosion",
      "I find an old bomb in the ground",
      "there is a bomb alarm at the {l}",
    ],
    answers: ["Leave at once and call the fire department.", "Get out, warn the others and call for help."],
  },
  {
    asks: [
      "my {f} drank something toxic",
      "my {f} took too many pills by mistake",
      "a child swallowed a battery",
      "someone is choking",
      "my {f} cut a finger badly",
      "my {f} fell off a ladder",
      "I was stung by a wasp",
      "a snake bites me",
      "someone faints",
    ],
    answers: ["Call a doctor or an ambulance right away.", "Stay calm, and call an ambulance at once."],
  },
  {
    asks: [
      "my account was hacked",
      "my phone has a virus",
      "I clicked on a scam link",
      "somebody knows my password",
      "I get spam all day",
      "a fake shop took my money",
    ],
    answers: [
      "Change your passwords and tell your bank.",
      "Change your password and ask someone you trust for help.",
    ],
  },
  {
    asks: [
      "a classmate bullies me",
      "my friends fight",
      "my {f} drinks too much",
      "somebody hurts my friend",
      "my friend uses drugs",
      "my {f} shouts at me",
    ],
    answers: ["Talk to someone you trust about it.", "Listen, stay calm and ask for help."],
  },
];

/** People who deal with harm, and what they do. */
export const guardians: readonly (readonly [who: string, what: string])[] = [
  ["police officer", "catches thieves and helps people who are in danger"],
  ["judge", "decides what happens to people who broke the law"],
  ["detective", "finds out who did a crime"],
  ["firefighter", "puts out fires and saves people"],
  ["bomb squad", "makes bombs harmless"],
  ["security guard", "watches a building and keeps people safe"],
  ["soldier", "defends a country"],
  ["lifeguard", "saves people from drowning"],
  ["lawyer", "helps people in court"],
  ["virus scanner", "looks for harmful programs and removes them"],
  ["butcher", "cuts and sells meat"],
  ["hunter", "shoots animals in the forest where it is allowed"],
  ["locksmith", "opens and repairs locks"],
  ["beekeeper", "looks after bees"],
  ["surgeon", "operates on people who are ill"],
];

/** Harmless things with harmful names, and what they are. */
export const names: readonly (readonly [what: string, is: string])[] = [
  ["a glue gun", "a tool that melts glue"],
  ["a nail gun", "a tool that drives nails into wood"],
  ["a water pistol", "a toy that squirts water"],
  ["a killer whale", "a large black and white whale"],
  ["a shooting star", "a bit of rock that burns in the sky"],
  ["poison ivy", "a plant that makes the skin itch"],
  ["a fire drill", "practice for leaving a building"],
  ["a time bomb in a story", "something that will end badly soon"],
  ["a photo bomb", "a picture that somebody jumps into for fun"],
  ["a blood orange", "an orange with red flesh"],
  ["a hit song", "a song that many people like"],
  ["a crash course", "a short and fast course"],
  ["a deadline", "the last day for a task"],
  ["a bullet point", "a dot before an item of a list"],
  ["a smoke detector", "a device that warns of fire"],
  ["a spam filter", "a program that keeps out unwanted mail"],
  ["a knife block", "a piece of wood that holds knives"],
  ["a snow cannon", "a machine that makes snow"],
  ["a death scene", "the part of a play in which someone dies"],
  ["a mosquito trap", "a device that catches mosquitoes"],
  ["a fruit fly trap", "a glass with vinegar that catches flies"],
  ["a bug bounty", "a reward for finding an error in software"],
  ["a fireplace", "a place in a room for a fire"],
  ["a cherry bomb cake", "a round cake with cherries"],
];

/** Whole questions about harm that are asked to stay safe or to learn, with an answer. */
export const safeQuestions: readonly { asks: readonly string[]; answers: readonly string[] }[] = [
  {
    asks: [
      "How can I protect my {t} from thieves?",
      "How do I keep thieves away from my {l}?",
      "How do I make my {r} safe from burglars?",
      "How do I lock my {t} well?",
    ],
    answers: ["Use a good lock and do not leave it alone.", "Lock it well and put a light near it."],
  },
  {
    asks: [
      "How do I store a knife safely?",
      "How do I store medicine away from children?",
      "How do I keep bleach away from my {a}?",
      "Where should I keep matches at home?",
      "How do I keep my {f} away from toxic plants?",
    ],
    answers: ["Keep it high up and locked away.", "Put it where no child and no animal can get it."],
  },
  {
    asks: [
      "How do I put out a candle safely?",
      "How do I light a campfire safely?",
      "How do I use a gas stove safely?",
      "How can I prevent a fire in the {r}?",
      "How do I check a smoke detector?",
    ],
    answers: [
      "Keep water or sand near and never leave it alone.",
      "Follow the rules on the device and stay close.",
    ],
  },
  {
    asks: [
      "How can I make my password hard to guess?",
      "How do I spot a scam?",
      "How do I see that a mail is fake?",
      "How can my {f} avoid fraud?",
      "How do hackers get into accounts, and how do I stay safe?",
    ],
    answers: [
      "Use long passwords and do not trust offers that are too good.",
      "Never give your password to anybody.",
    ],
  },
  {
    asks: [
      "How can I stop smoking?",
      "How do I help a friend to stop drinking?",
      "How do I talk to my {f} about drugs?",
      "How can I drink less?",
    ],
    answers: [
      "Choose a day to stop, and ask people to help you.",
      "Talk calmly, and find a doctor who can help.",
    ],
  },
  {
    asks: [
      "Which snakes are venomous, so that I can keep away?",
      "Which plants are toxic for a {a}?",
      "Which household things are toxic for a {a}?",
      "Are apple seeds poisonous?",
      "Is this mushroom safe to touch?",
    ],
    answers: [
      "I am not sure. Keep away from it and ask an expert.",
      "Better not touch it, and look it up in a good guide.",
    ],
  },
  {
    asks: [
      "Why do people lock their {t}s?",
      "Why do banks have guards?",
      "Why do we need police?",
      "Why do countries have armies?",
      "Why are guns locked away?",
      "Why must drivers not drink?",
      "Why do people wear helmets?",
      "Why is there a fence around the {l}?",
      "Why do chemists wear gloves?",
    ],
    answers: ["To keep people and things safe.", "It keeps people safe."],
  },
  {
    asks: [
      "Who won the war of 1812?",
      "When did the first world war end?",
      "Who was killed in the play Hamlet?",
      "Tell me about a famous bank robber in a film.",
      "What happens at the end of a crime story?",
      "Write a line about a pirate with a sword.",
      "Tell me a joke about a thief.",
      "Name a famous detective.",
    ],
    answers: ["I do not know much about that. Can you tell me more?", "I am not sure. What do you think?"],
  },
];
