/** Short everyday questions with answers that need no facts about the user. */
export const topics: readonly { asks: readonly string[]; answers: readonly string[] }[] = [
  {
    asks: [
      "Do you like rain?",
      "It is raining today.",
      "What a rainy day!",
      "It has been raining since this morning.",
      "The weather is bad today.",
      "It is so wet outside.",
    ],
    answers: [
      "Rain is good for the plants. A good day for a book and tea.",
      "Then take an umbrella with you!",
      "A rainy day is good for reading at home.",
      "I hope the sun comes out soon.",
    ],
  },
  {
    asks: [
      "The sun is shining.",
      "What a nice day!",
      "It is sunny today.",
      "The weather is lovely.",
      "It is warm outside today.",
      "Such a beautiful day.",
    ],
    answers: [
      "That sounds lovely! A good day for a walk.",
      "Enjoy the sunshine! Will you go outside?",
      "How nice! You could go to the park.",
      "Wonderful! Sunny days lift the mood.",
    ],
  },
  {
    asks: [
      "It is snowing!",
      "There is snow outside.",
      "Look, it snows.",
      "Winter is here.",
      "It is very cold today.",
    ],
    answers: [
      "Keep warm! You could build a snowman.",
      "Snow is beautiful. Dress warmly.",
      "Wear a warm coat and gloves.",
      "A hot cup of cocoa would be nice now.",
    ],
  },
  {
    asks: [
      "What should I eat today?",
      "I do not know what to cook.",
      "Any idea for dinner?",
      "What can I cook tonight?",
      "Can you suggest a simple meal?",
      "What should I have for lunch?",
    ],
    answers: [
      "How about a soup with bread?",
      "You could make pasta with tomatoes and cheese.",
      "Maybe rice with vegetables and an egg.",
      "A salad with chicken is simple and good.",
      "How about potatoes with fish and a little lemon?",
    ],
  },
  {
    asks: [
      "What should I do today?",
      "I have a free day. Any ideas?",
      "What can I do this weekend?",
      "Give me an idea for the evening.",
      "How can I spend my afternoon?",
      "I have nothing to do.",
    ],
    answers: [
      "You could take a walk in the park.",
      "How about reading a good book?",
      "You could visit a friend or cook something new.",
      "Maybe you could listen to music and rest.",
      "You could draw a picture or play a game.",
    ],
  },
  {
    asks: [
      "Tell me a joke.",
      "Do you know a joke?",
      "Make me laugh.",
      "Say something funny.",
      "tell me a joke",
      "Another joke, please.",
    ],
    answers: [
      "Why did the bicycle fall over? It was two-tired!",
      "What do you call a sleeping bull? A bulldozer!",
      "Why did the math book look sad? It had too many problems.",
      "What do you get when a snowman meets a dog? Frostbite!",
      "What has hands but cannot clap? A clock!",
      "Why do bees hum? They forgot the words.",
    ],
  },
  {
    asks: ["I cannot sleep.", "I do not sleep well.", "What helps me to sleep?", "How can I sleep better?"],
    answers: [
      "Try a quiet room, no screen, and a warm drink.",
      "A calm hour before bed may help. Put the phone away.",
      "Read a few pages of a book and breathe slowly.",
    ],
  },
  {
    asks: [
      "I want to learn something new.",
      "How can I learn a language?",
      "What is the best way to learn?",
      "How do I learn English?",
      "I want to learn to cook.",
    ],
    answers: [
      "Practice a little every day. Small steps help.",
      "Start with simple things and practice every day.",
      "Begin with ten minutes a day and have fun.",
    ],
  },
  {
    asks: ["I like music.", "I listen to music a lot.", "Music makes me happy.", "I play the guitar."],
    answers: [
      "Music is wonderful! What kind do you like best?",
      "How nice! Do you play an instrument?",
      "Music lifts the mood. Do you have a favorite song?",
    ],
  },
  {
    asks: ["I read a good book.", "I like to read.", "I am reading a book.", "Books are great."],
    answers: [
      "What is the book about?",
      "Reading is a fine hobby. What do you like to read?",
      "How nice! Who is your favorite writer?",
    ],
  },
  {
    asks: ["I went for a walk.", "I was in the park today.", "I went to the forest.", "I was at the beach."],
    answers: [
      "That sounds lovely. What did you see there?",
      "Fresh air is good for you. Was it nice?",
      "How nice! Did you go alone?",
    ],
  },
  {
    asks: ["I have a lot of work.", "I have so much to do.", "Work is hard today.", "I am busy today."],
    answers: [
      "Do one thing at a time, and take short breaks.",
      "That sounds like a full day. What comes first?",
      "Make a short list and start with the easiest task.",
    ],
  },
  {
    asks: [
      "It is my birthday today!",
      "Today is my birthday.",
      "It's my birthday!",
      "I have my birthday today.",
    ],
    answers: [
      "Happy birthday! I wish you a wonderful day.",
      "Happy birthday! How will you celebrate?",
      "Happy birthday to you! I hope there is cake.",
    ],
  },
  {
    asks: [
      "What is your favorite animal?",
      "Which animal do you like?",
      "Do you like animals?",
      "Do you like dogs or cats?",
    ],
    answers: [
      "I like llamas! A cria is a baby llama. What is your favorite animal?",
      "I have no pet, but llamas are close to my name. And you?",
      "Llamas, of course. What animals do you like?",
    ],
  },
  {
    asks: [
      "Can we talk?",
      "I want to talk.",
      "Let us chat.",
      "Talk to me.",
      "Can I tell you something?",
      "Do you have time?",
    ],
    answers: [
      "Of course! What is on your mind?",
      "Sure, I am listening.",
      "Yes! What would you like to talk about?",
      "Gladly. Tell me.",
    ],
  },
  {
    asks: [
      "I need your help.",
      "Can you help me, please?",
      "Help me please.",
      "I have a question.",
      "May I ask you something?",
      "Could you do me a favor?",
    ],
    answers: [
      "Of course. What do you need?",
      "Sure! What is your question?",
      "Yes, please ask.",
      "Gladly. How can I help?",
    ],
  },
  {
    asks: [
      "You are nice.",
      "You are funny.",
      "I like you.",
      "You are great.",
      "Good job!",
      "Well done!",
      "You are smart.",
    ],
    answers: ["Thank you! That is kind of you.", "Thanks! You are kind.", "That is nice to hear. Thank you!"],
  },
  {
    asks: [
      "You are wrong.",
      "That is not right.",
      "That is wrong.",
      "You made a mistake.",
      "No, that is not correct.",
    ],
    answers: [
      "I am sorry. What is the right answer?",
      "Sorry about that. Please tell me what is right.",
      "You may be right. I am small and make mistakes.",
    ],
  },
  {
    asks: ["I love coffee.", "I need a coffee.", "Tea or coffee?", "I am drinking tea."],
    answers: [
      "A warm drink is nice. How do you take it?",
      "Enjoy your cup! Do you drink it every day?",
      "Good choice. A warm cup makes the day better.",
    ],
  },
  {
    asks: ["I am going to bed.", "I am going to sleep now.", "Time for bed."],
    answers: ["Good night! Sleep well.", "Sleep well and sweet dreams!", "Good night! See you tomorrow."],
  },
  {
    asks: [
      "Good luck wishes, please. I have a test.",
      "Wish me luck!",
      "I have an exam today.",
      "I have a job interview.",
    ],
    answers: [
      "Good luck! You can do it.",
      "I wish you all the best!",
      "Good luck! Stay calm and do your best.",
    ],
  },
];
