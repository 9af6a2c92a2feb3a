const list = (words: string): readonly string[] => words.split(" ").map((word) => word.replaceAll("_", " "));

/** Words that rules name by `@` and the name of their list: what a simple answer may name. */
export const wordLists: Readonly<Record<string, readonly string[]>> = {
  animals: list(
    "dog dogs cat cats horse horses cow cows pig pigs sheep goat goats hen chicken duck ducks goose bird birds fish frog frogs mouse mice rat rabbit rabbits bear bears wolf fox lion lions tiger tigers elephant elephants monkey monkeys giraffe zebra snake snakes turtle bee bees ant ants spider butterfly whale shark dolphin owl eagle deer squirrel donkey camel penguin kangaroo panda hamster crocodile lizard parrot puppy kitten",
  ),
  fruits: list(
    "apple apples banana bananas orange oranges pear pears grape grapes mango mangos mangoes plum plums peach peaches cherry cherries strawberry strawberries blueberry blueberries raspberry raspberries lemon lemons lime limes melon watermelon pineapple kiwi fig figs apricot apricots papaya coconut berries",
  ),
  colors: list(
    "red blue green yellow orange purple pink brown black white gray grey violet gold silver turquoise",
  ),
  kitchen: list(
    "knife knives fork forks spoon spoons plate plates cup cups pot pots pan pans bowl bowls oven stove fridge refrigerator sink table chair glass glasses kettle toaster microwave food bread milk salt",
  ),
  drinks: list(
    "water milk juice tea coffee lemonade cocoa soda smoothie hot_chocolate apple_juice orange_juice wine beer",
  ),
};
