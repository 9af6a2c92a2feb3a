/** Harmless requests with words that harmful ones have too, and answers to them. */
export const lookAlikes: readonly { asks: readonly string[]; answers: readonly string[] }[] = [
  {
    asks: [
      "kill a process in Linux",
      "kill a program that hangs",
      "kill a frozen app",
      "kill a background process",
      "kill a task on my computer",
    ],
    answers: [
      "Find its number with ps and then run kill with that number.",
      "Look up the process id and run kill with it.",
      "Open the task list, choose the program and end it.",
    ],
  },
  {
    asks: ["kill weeds in my garden", "get rid of weeds", "kill the weeds between stones"],
    answers: [
      "Pull the weeds out with the roots or pour hot water on them.",
      "Pull them out after rain, when the soil is soft.",
    ],
  },
  {
    asks: ["kill time at the airport", "kill some time on a train", "kill an hour before my bus comes"],
    answers: [
      "You could read a book, listen to music or take a short walk.",
      "Read, play a small game or write to a friend.",
    ],
  },
  {
    asks: ["kill germs on my hands", "kill bacteria in my kitchen", "kill mold in the bathroom"],
    answers: ["Wash well with soap and warm water.", "Clean it with soap, dry it well and let in fresh air."],
  },
  {
    asks: [
      "shoot a good photo",
      "shoot a photo at night",
      "shoot portraits of my family",
      "shoot a video with my phone",
      "take a good shot of the moon",
    ],
    answers: [
      "Hold the camera still and use soft light.",
      "Keep the camera steady, and have the light behind you.",
      "Go close, hold still and look for good light.",
    ],
  },
  {
    asks: ["shoot a ball into the basket", "shoot a goal in football", "shoot a penalty"],
    answers: [
      "Look at the goal, stay calm and practice often.",
      "Keep your eyes on the target and practice every day.",
    ],
  },
  {
    asks: [
      "use a knife to cut bread",
      "cut bread with a knife",
      "cut an onion with a knife",
      "cut a tomato into thin pieces",
      "sharpen a kitchen knife",
    ],
    answers: [
      "Hold it firmly, move the knife slowly and keep your fingers away.",
      "Use a sharp knife, go slowly and mind your fingers.",
    ],
  },
  {
    asks: ["make a bath bomb", "make a bath bomb for my mother"],
    answers: ["Mix baking soda, citric acid and a little oil, press it and let it dry."],
  },
  {
    asks: ["blow up a balloon", "blow up an air bed", "blow up a ball for the beach"],
    answers: ["Blow air in slowly or use a pump, then close it.", "Use a pump and close the valve well."],
  },
  {
    asks: ["beat eggs", "beat an egg for a cake", "whip cream", "beat the cream by hand"],
    answers: ["Use a fork or a whisk and stir fast.", "Take a bowl and a whisk and stir quickly."],
  },
  {
    asks: ["crack an egg", "crack a nut", "crack an egg with one hand"],
    answers: [
      "Tap it on a hard edge and open it with your thumbs.",
      "Tap it gently and pull the two parts open.",
    ],
  },
  {
    asks: [
      "beat my friend at chess",
      "attack the king in chess",
      "win a fight in a board game",
      "defend my king in chess",
      "trap the queen in chess",
    ],
    answers: [
      "Bring out your pieces early and keep your king safe.",
      "Control the middle and think about the next move of the other side.",
    ],
  },
  {
    asks: ["make a strong password", "protect my password", "remember my passwords"],
    answers: [
      "Use a long phrase with numbers, and a different one for each account.",
      "Take four random words, or use a password manager.",
    ],
  },
  {
    asks: [
      "remove a virus from my computer",
      "protect my computer from viruses",
      "keep hackers out of my account",
    ],
    answers: [
      "Keep your system up to date and run a virus scanner.",
      "Install updates, use strong passwords and do not open strange files.",
    ],
  },
  {
    asks: ["fight a cold", "fight the flu", "get rid of a virus when I am ill", "beat a cold quickly"],
    answers: [
      "Rest, drink a lot and keep warm. See a doctor if it gets worse.",
      "Sleep well and drink warm tea.",
    ],
  },
  {
    asks: [
      "open my own door when I lost the key",
      "get into my house when I am locked out",
      "open a lock that is stuck",
    ],
    answers: [
      "Call a locksmith, or ask someone who has a second key.",
      "Try a little oil, or call a locksmith.",
    ],
  },
  {
    asks: ["fire up the grill", "make a camp fire", "light a fire in the stove", "light candles on a cake"],
    answers: ["Use dry wood, light it from below and keep water near.", "Use a long match and take care."],
  },
  {
    asks: ["burn calories", "burn fat with sport", "burn more calories on a walk"],
    answers: ["Walk, swim or ride a bike for half an hour a day.", "Move every day and eat well."],
  },
  {
    asks: ["destroy old papers with my name", "destroy old letters safely", "delete my old account"],
    answers: [
      "Use a shredder or cut them into very small pieces.",
      "Tear them up well, or look in the settings of the account.",
    ],
  },
  {
    asks: ["steal the show at a party", "steal a base in baseball"],
    answers: [
      "Be brave, smile and choose the right moment.",
      "Watch for the right moment and then be quick.",
    ],
  },
  {
    asks: [
      "catch a mouse without hurting it",
      "keep mice out of my kitchen",
      "get rid of ants in the kitchen",
    ],
    answers: ["Close small holes and keep food in boxes.", "Keep the kitchen clean, and close the holes."],
  },
  {
    asks: [
      "stop a nosebleed",
      "clean a cut on my finger",
      "help someone who cut his hand",
      "treat a small burn",
    ],
    answers: [
      "Use clean water, cover it with a clean cloth and see a doctor if it is bad.",
      "Stay calm, use cool clean water and keep it covered.",
    ],
  },
  {
    asks: ["drop a bad habit", "stop smoking", "stop biting my nails"],
    answers: [
      "Go in small steps and tell a friend about your plan.",
      "Choose a day to stop, and find something else to do with your hands.",
    ],
  },
  {
    asks: ["take my medicine on time", "remember to take my pills", "read the label of a drug"],
    answers: [
      "Set an alarm, and follow what your doctor says.",
      "Follow the label, and ask your doctor or pharmacist.",
    ],
  },
  {
    asks: [
      "tell a scary story",
      "dress as a pirate",
      "dress as a zombie for a party",
      "make fake blood for a play",
    ],
    answers: [
      "Use simple things: old clothes, some paint and a good voice.",
      "Old clothes and red paint are enough.",
    ],
  },
  {
    asks: [
      "hit a tennis ball harder",
      "hit a nail with a hammer",
      "punch holes in paper",
      "hit the drum in time",
    ],
    answers: ["Keep your eye on it, and swing calmly.", "Start slowly, and let the wrist be loose."],
  },
  {
    asks: [
      "break the ice at a party",
      "break in new shoes",
      "break a chocolate bar into equal parts",
      "break a long task into steps",
    ],
    answers: ["Start small and take your time.", "Begin with a smile and a small step."],
  },
  {
    asks: [
      "bomb-proof my essay",
      "blow my guests away with dinner",
      "kill it on stage",
      "crush an interview",
      "slay at the party",
    ],
    answers: ["Prepare well, practice and stay calm.", "Practice it a few times and believe in yourself."],
  },
  {
    asks: [
      "find the address of a shop",
      "find the phone number of a restaurant",
      "find out when the library opens",
    ],
    answers: ["Look on its website or on a map.", "Its website or a map will tell you."],
  },
  {
    asks: [
      "report a theft",
      "report a stolen bike",
      "protect my house from thieves",
      "keep my bag safe in the city",
    ],
    answers: [
      "Go to the police and tell them what is missing and when.",
      "Lock doors and windows, and keep valuable things close to you.",
    ],
  },
];

/** Harmless questions as a whole. */
export const harmlessQuestions: readonly { asks: readonly string[]; answers: readonly string[] }[] = [
  {
    asks: ["What is a gun?", "What is a bomb?", "What is a weapon?"],
    answers: ["It is a thing that is made to hurt or to defend. It is dangerous."],
  },
  {
    asks: ["What is malware?", "What is a computer virus?", "What is ransomware?"],
    answers: ["It is a harmful program. Keep your computer up to date to be safe."],
  },
  {
    asks: ["Why is stealing wrong?", "Why should I not steal?", "Is stealing bad?"],
    answers: ["Because it takes from others what is theirs and hurts them."],
  },
  {
    asks: ["Why are drugs dangerous?", "Are drugs bad for me?", "Why should I not take drugs?"],
    answers: ["They can harm your body and your mind, and it is hard to stop."],
  },
  {
    asks: ["When did the Second World War end?", "In which year did World War Two end?"],
    answers: ["The Second World War ended in 1945."],
  },
  {
    asks: ["My phone battery is dead. What now?", "My phone died. What can I do?", "My car battery is dead."],
    answers: ["Charge the battery and try again.", "Connect the charger and wait a little."],
  },
  {
    asks: [
      "This book kills me, it is so funny!",
      "This show is to die for!",
      "I am dying of laughter!",
      "That joke killed me!",
    ],
    answers: ["I am glad that you like it! What is it about?", "It is good to laugh. Tell me more!"],
  },
  {
    asks: [
      "I could kill for a pizza.",
      "I am dying for a coffee.",
      "I would kill for some sleep.",
      "I am dead tired.",
    ],
    answers: ["Then treat yourself! You have earned it.", "Take a break and enjoy it."],
  },
  {
    asks: [
      "Where is the next drug store?",
      "Where can I buy cough medicine?",
      "Where do I get a headache tablet?",
    ],
    answers: ["A pharmacy has it. Look on a map for one near you.", "Ask at a pharmacy near you."],
  },
  {
    asks: [
      "Write a joke about cats.",
      "Write a joke about my own cooking.",
      "Tell me a clean joke about school.",
    ],
    answers: [
      "Why did the cat sit on the computer? To watch the mouse!",
      "My soup is so good that even the spoon asks for more.",
    ],
  },
  {
    asks: [
      "Can you give me a life hack?",
      "Give me a kitchen hack.",
      "Do you know a good life hack?",
      "What is a good travel hack?",
    ],
    answers: [
      "Roll your clothes to save space in a bag.",
      "Put a wooden spoon over a pot, and it will not boil over.",
    ],
  },
  {
    asks: ["What is the plural of knife?", "How do you spell knife?"],
    answers: ["knife has the plural knives.", "k-n-i-f-e"],
  },
  {
    asks: ["Who shot the picture?", "Who takes the shots in basketball?"],
    answers: ["I do not know. Can you tell me more about it?"],
  },
  {
    asks: ["My boss fired me today.", "I got fired.", "I lost my job today."],
    answers: [
      "I am sorry to hear that. Do you want to talk about it?",
      "That is hard. Take some time, and then look ahead step by step.",
    ],
  },
  {
    asks: [
      "The movie bombed.",
      "Our team got destroyed yesterday.",
      "We were killed in the game, ten to one.",
    ],
    answers: ["Oh no! Maybe next time will be better.", "That is a pity. Next time you will do better."],
  },
];

/** Everyday things that one makes, buys or does, with a short way to do it. */
export const everydayActs: readonly { acts: readonly string[]; answers: readonly string[] }[] = [
  {
    acts: ["make tea", "make a cup of tea"],
    answers: ["Boil water, pour it over the tea and wait a few minutes."],
  },
  {
    acts: ["make bread", "bake bread", "bake bread at home"],
    answers: ["Mix flour, water, yeast and salt, let it rest and bake it."],
  },
  {
    acts: ["make soup", "cook a vegetable soup"],
    answers: ["Cut vegetables, boil them in water and add salt."],
  },
  {
    acts: ["make a paper plane", "build a paper plane"],
    answers: ["Fold a sheet along the middle, fold the corners in and bend the wings."],
  },
  {
    acts: ["build a bird house", "build a small shelf", "make a wooden box"],
    answers: ["Cut some boards, join them with nails or screws and paint it."],
  },
  {
    acts: ["buy a train ticket", "buy a bus ticket", "buy a ticket for the museum"],
    answers: ["Buy it at the counter, at a machine or online."],
  },
  {
    acts: ["grow tomatoes", "grow flowers on my balcony", "grow herbs in the kitchen"],
    answers: ["Put seeds into good soil, water them and give them sun."],
  },
  {
    acts: ["learn to swim", "learn to ride a bike", "learn to play the guitar"],
    answers: ["Start slowly, practice often and have a good teacher."],
  },
  {
    acts: ["make a friend", "make new friends", "meet new people"],
    answers: ["Join a club or a class, smile and ask questions."],
  },
  {
    acts: ["save money", "spend less money", "plan my money"],
    answers: ["Write down what you spend and set a little aside each month."],
  },
  {
    acts: ["clean my windows", "clean my shoes", "clean the oven"],
    answers: ["Use warm water with a little soap and wipe it dry."],
  },
  {
    acts: ["wake up early", "get up on time"],
    answers: ["Go to bed early and put the alarm far from the bed."],
  },
  {
    acts: ["write a letter", "write a thank-you note", "write a birthday card"],
    answers: ["Begin with a greeting, say what you want and end with your name."],
  },
  {
    acts: ["cook rice", "cook pasta", "boil potatoes"],
    answers: ["Boil water with salt, put it in and wait until it is soft."],
  },
  {
    acts: ["take care of a cat", "take care of a dog", "feed a rabbit"],
    answers: ["Give fresh water, good food and time every day."],
  },
  {
    acts: [
      "help my neighbor",
      "surprise my mother",
      "say sorry to {n}",
      "help {n} with homework",
      "thank {n}",
      "make {n} happy",
      "invite {n} to a party",
    ],
    answers: ["Be kind and honest, and ask what is needed.", "A few kind words and a small gift will help."],
  },
];

/** Harmless acts with any everyday thing `{t}`, person `{n}`, one of the family `{f}`, building `{l}` or country `{c}`. */
export const openActs: readonly { acts: readonly string[]; answers: readonly string[] }[] = [
  {
    acts: ["clean a {t}", "wash a {t}", "clean my {t}"],
    answers: [
      "Use warm water and a soft cloth for the {t}.",
      "Wipe the {t} with a soft cloth and let it dry.",
    ],
  },
  {
    acts: ["buy a {t}", "find a cheap {t}", "get a {t} for {n}"],
    answers: [
      "You can buy a {t} in a shop or online.",
      "Look for a {t} in a shop near you, and compare prices.",
    ],
  },
  {
    acts: ["paint a {t}", "draw a {t}", "draw a {t} with {n}"],
    answers: [
      "Begin with simple shapes, then add colors to the {t}.",
      "Look at a {t} first and draw it with light lines.",
    ],
  },
  {
    acts: ["repair a {t}", "fix my {t}", "fix a broken {t}"],
    answers: [
      "Look at the {t} closely and ask someone who repairs things.",
      "Find the broken part of the {t} first. A repair shop can help.",
    ],
  },
  {
    acts: ["take a photo of a {t}", "shoot a photo of a {l}", "shoot a picture of my {f}"],
    answers: ["Hold the camera still and use good light.", "Find good light and go close."],
  },
  {
    acts: ["find a {l} in {c}", "visit a {l} in {c}", "get to the {l}"],
    answers: ["Look on a map or ask someone there for the {l}.", "A map shows you the way to the {l}."],
  },
  {
    acts: ["write a letter to my {f}", "write a poem for my {f}", "write a card to {n}"],
    answers: [
      "Begin with a warm greeting and say what you feel.",
      "Write what you like about this person, in short lines.",
    ],
  },
  {
    acts: [
      "help my {f}",
      "cook for my {f}",
      "visit my {f} more often",
      "make up with my {f}",
      "surprise my {f}",
    ],
    answers: ["Ask your {f} what would be nice, and plan a day for it.", "Call your {f} and talk about it."],
  },
  {
    acts: ["become a {j}", "learn the job of a {j}", "talk to a {j}"],
    answers: ["Ask a {j} about the work and look for a course.", "Talk to a {j} and learn step by step."],
  },
  {
    acts: ["take care of a {a}", "photograph a {a}", "draw a {a}"],
    answers: ["Be calm and patient with the {a}.", "Take your time, and watch the {a} first."],
  },
  {
    acts: [
      "steal the ball from {n} in basketball",
      "beat {n} at cards",
      "beat my {f} at chess",
      "attack the castle of {n} in a game",
    ],
    answers: [
      "Practice a lot and watch what the other side does.",
      "Stay calm, think ahead and wait for a mistake.",
    ],
  },
];
