const list = (words: string): readonly string[] => words.trim().split(/\s+/);

/** First names of people. */
export const firstNames: readonly string[] = list(`
Anna Ben Clara David Emma Felix Grace Henry Ivy Jack Kate Leo Mia Noah Olivia Paul Quinn Rosa Sam Tina Uma Victor
Wendy Xavier Yara Zoe Alice Brian Carol Daniel Ella Frank Gina Hugo Iris James Karen Lucas Maria Nina Oscar Peter
Rachel Simon Tom Vera Will Adam Bella Chris Diana Eric Fiona George Hannah Ian Julia Kevin Laura Mark Nora Owen Priya
Robert Sarah Thomas Ursula Vince Walter Yusuf Zara Ahmed Bruno Carlos Dora Elena Fatima Giulia Hiro Ines Jonas Kenji
Lena Mateo Nadia Omar Pablo Rita Sofia Tariq Ute Valeria Wei Yuki Amir Beatrice Cosmo Dmitri Esther Francesca Gabriel
Helga Isaac Jasmine Kofi Lucia Miguel Natalie Otto Paula Rafael Stella Theo Vanessa Winston Aisha Boris Celine Derek
Edith Fred Greta Harold Imani Jorge Kim Liam Molly Nathan Olga Patrick Ruth Stefan Teresa Viktor Wanda Abigail Andrew
Amelia Arthur Chloe Charlie Daisy Dylan Eva Ethan Freya Finn Georgia Gavin Hazel Harry Isla Ivan Jane Joe Kira Kyle
Lily Logan Maya Max Nick Naomi Oliver Penny Philip Ralph Sandra Sean Tara Toby Violet Vivian Wyatt Zach Marta Marco
Luis Camila Diego Joao Ana Rui Bea Pierre Camille Louis Manon Klaus Heidi Jürgen Anke Paolo Chiara Luca Elisa
`);

/** Names that people give their animals. */
export const petNames: readonly string[] = list(`
Rex Luna Milo Coco Rocky Daisy Biscuit Max Shadow Pepper Ginger Simba Nala Oreo Bruno Lucky Misty Tiger Patch Socks
Felix Buddy Ruby Honey Toffee Cookie Smokey Bella Ziggy Pip Waffles Peanut Whiskers Snowy Poppy Mango Olive Domino
Fluffy Spot Bandit Cleo Archie Willow Jasper Hazel Ollie Sunny Storm Muffin Noodle Pickle Bean Maple Sugar Nibbles
Thunder Pebble Clover Marble Rusty Bubbles Pumpkin Juno Otis Mocha Tofu Ravi Dusty Pancake
`);

/** Family names. */
export const lastNames: readonly string[] = list(`
Smith Brown Taylor Wilson Clark Young Hall Green Adams Baker Carter Mitchell Turner Parker Collins Morris Rogers Reed
Cook Bell Murphy Bailey Cooper Howard Ward Peterson Gray Watson Brooks Price Bennett Wood Barnes Ross Long Foster
Powell Hughes Butler Fisher West Jordan Reynolds Ellis Hunt Stone Webb Rossi Silva Costa Garcia Lopez Martin Dubois
Moreau Weber Schmidt Fischer Bauer Keller Novak Ivanov Tanaka Sato Chen Li Khan Patel Singh Okafor Mensah Haddad
`);
