import { latinOf, unmask } from "../prompt-guard-text.ts";

/** Digits and signs that stand for letters in words that have letters too. */
const leet: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "!": "i",
  "|": "i",
  "3": "e",
  "4": "a",
  "@": "a",
  "5": "s",
  $: "s",
  "6": "g",
  "9": "g",
  "7": "t",
  "+": "t",
  "8": "b",
  "€": "e",
};

/** Small capitals, each before its letter. */
const smallCapitals = "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz";
const capitalOf: ReadonlyMap<string, string> = new Map(
  Array.from({ length: smallCapitals.length / 2 }, (_, at) => [
    smallCapitals[2 * at]!,
    smallCapitals[2 * at + 1]!,
  ]),
);
const hasSmallCapitals = /[ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ]/g;

/** Lookalikes that attacks use and no word of a Latin language has; they count where the text is a Latin one. */
const rareDoubles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ɑ: "a",
    ɡ: "g",
    ι: "i",
    ϲ: "c",
    ь: "b",
    к: "k",
    т: "t",
    м: "m",
    н: "h",
    в: "b",
    п: "n",
    г: "r",
    ѡ: "w",
    є: "e",
    ϳ: "j",
    ʟ: "l",
    ı: "i",
    ƒ: "f",
    ς: "c",
    σ: "o",
    π: "n",
    λ: "l",
    μ: "u",
    ω: "w",
    ζ: "z",
  }),
);
const foreign = /[\p{Script=Greek}\p{Script=Cyrillic}ɑɡıƒ]/gu;
const mixed = /(?<![\w@$!|+€])[\w@$!|+€]*(?:[a-z][\d@$!|+€]|[\d@$|+€][a-z])[\w@$!|+€]*/gu;
const spaced = /(?<![\p{L}\p{N}])(?:\p{L}[ \t]+){3,}\p{L}(?![\p{L}\p{N}])/gu;

/** A text of Latin letters without the letters of other scripts that stand among them. */
function toLatin(text: string): string {
  const odd = text.match(foreign)?.length ?? 0;
  if (odd === 0 || 2 * odd > (text.match(/[a-z]/gi)?.length ?? 0)) return text;
  return text.replace(foreign, (letter) => latinOf.get(letter) ?? rareDoubles.get(letter) ?? letter);
}

/** A text as the classifiers see it: no lookalikes, case, accents, leetspeak or letters set apart; `l` and `i` are one. */
export function normalizeText(text: string): string {
  return toLatin(unmask(text.replace(hasSmallCapitals, (sign) => capitalOf.get(sign) ?? sign)))
    .toLowerCase()
    .normalize("NFD")
    .replace(/[\u0300-\u036F]/g, "")
    .normalize("NFC")
    .replace(spaced, (letters) => letters.replace(/[ \t]/g, ""))
    .replace(mixed, (word) => word.replace(/[\d!|@$+€]/g, (sign) => leet[sign] ?? sign))
    .replaceAll("l", "i");
}

const commonWords =
  /(?<![\p{L}])(?:the|you|your|all|and|to|of|is|are|ignore|instructions?|now|how|with|me|a)(?![\p{L}])/giu;

const commonIn = (text: string): number => text.match(commonWords)?.length ?? 0;

const rot13 = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const code = letter.charCodeAt(0);
    const base = code < 97 ? 65 : 97;
    return String.fromCharCode(((code - base + 13) % 26) + base);
  });

const morse: ReadonlyMap<string, string> = new Map(
  ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
    .split(" ")
    .map((code, at) => [code, String.fromCharCode(97 + at)]),
);

function printable(bytes: Buffer): string | null {
  const text = bytes.toString("utf8");
  const odd = text.match(/[^\p{L}\p{M}\p{N}\p{P}\p{S}\s]|\uFFFD/gu)?.length ?? 0;
  return text.length >= 8 && odd === 0 && /\p{L}{2}/u.test(text) ? text : null;
}

/** What is written in base64, hexadecimal, Morse, percent signs, rot13 or backwards in a text; each as a text of its own. */
export function decodedTexts(text: string): string[] {
  const found: string[] = [];
  const add = (decoded: string | null): void => {
    if (decoded !== null && found.length < 8) found.push(decoded);
  };
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{16,8192}={0,2}/g)) {
    if (/^[0-9a-f]+$/i.test(run)) add(printable(Buffer.from(run, "hex")));
    else if (/[A-Z]/.test(run) && /[a-z]/.test(run)) add(printable(Buffer.from(run, "base64")));
  }
  for (const [run] of text.matchAll(/(?:(?:0x|\\x)?[0-9a-f]{2}[\s,]?){10,2048}/gi))
    if (/[\s,\\x]/i.test(run)) add(printable(Buffer.from(run.replace(/0x|\\x|[\s,]/gi, ""), "hex")));
  for (const [run] of text.matchAll(/(?:[.-]{1,4}(?:\s*\/\s*|\s+)){8,2048}[.-]{0,4}/g))
    add(
      run
        .trim()
        .split(/\s*\/\s*|\s{2,}/)
        .map((word) =>
          word
            .split(" ")
            .map((code) => morse.get(code) ?? "")
            .join(""),
        )
        .join(" "),
    );
  const points = [...text.matchAll(/(?:U\+|\\u\{?|&#x)([0-9a-f]{2,6})[;}]?|&#(\d{2,7});/gi)];
  if (points.length >= 4)
    add(
      points
        .map(([, hex, decimal]) => Number.parseInt(hex ?? decimal!, hex === undefined ? 10 : 16))
        .map((code) => (code <= 0x10ffff ? String.fromCodePoint(code) : ""))
        .join(""),
    );
  for (const [run] of text.matchAll(/(?:[\w.+-]*%[0-9a-f]{2}){6,2048}[\w.+-]*/gi))
    add(
      printable(
        Buffer.from(
          run.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
          "latin1",
        ),
      ),
    );
  if ((text.match(/\\/g)?.length ?? 0) * 3 > text.length) add(text.replace(/\\(.)/gu, "$1"));
  const plain = commonIn(text);
  for (const other of [rot13(text), [...text].reverse().join("")])
    if (commonIn(other) >= 2 && commonIn(other) > 2 * plain) add(other);
  return found;
}
