import type { PiiKind } from "../src/data/pii/detectors.ts";

/** A sentence with one invented find, or with something that only looks like one (kind null). */
export interface PlantedPii {
  kind: PiiKind | null;
  value: string;
  text: string;
}

type Random = () => number;

const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => Math.floor(10 * random())).join("");
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(list.length * random())]!;
const NAMES = ["anna", "jose.silva", "k_meier", "priya99", "somchai", "luc-martin", "m.rossi", "dev+list"];
const DOMAINS = [
  "mailbox.de",
  "post.example-firm.com",
  "correo.es",
  "uni.ac.th",
  "company.co.in",
  "casa.com.br",
];

function luhn(head: string): string {
  for (let check = 0; ; check++) {
    const sum = [...`${head}${check}`]
      .reverse()
      .map(Number)
      .reduce(
        (total, digit, at) => total + (at % 2 === 0 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2),
        0,
      );
    if (sum % 10 === 0) return `${head}${check}`;
  }
}

const group = (text: string, sizes: readonly number[], sign: string): string => {
  let from = 0;
  const parts = sizes.map((size) => {
    from += size;
    return text.slice(from - size, from);
  });
  return parts.join(sign);
};

function iban(country: string, account: string): string {
  const moved = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return `${country}${String(98n - (BigInt(moved) % 97n)).padStart(2, "0")}${account}`;
}

function cpf(random: Random): string {
  const base = [...digits(random, 9)].map(Number);
  for (const weights of [10, 11]) {
    const rest = base.reduce((sum, digit, at) => sum + digit * (weights - at), 0) % 11;
    base.push(rest < 2 ? 0 : 11 - rest);
  }
  return base.join("");
}

function nir(random: Random): string {
  const head = `${pick(random, ["1", "2"])}${digits(random, 2)}0${1 + Math.floor(9 * random())}75${digits(random, 6)}`;
  return `${head}${String(97 - (Number(head) % 97)).padStart(2, "0")}`;
}

function thaiId(random: Random): string {
  const head = `${1 + Math.floor(8 * random())}${digits(random, 11)}`;
  const sum = [...head].reduce((total, digit, at) => total + Number(digit) * (13 - at), 0);
  return `${head}${(11 - (sum % 11)) % 10}`;
}

function dni(random: Random): string {
  const number = digits(random, 8);
  return `${number}${"TRWAGMYFPDXBNJZSQVHLCKE"[Number(number) % 23]}`;
}

const MAKERS: readonly (readonly [PiiKind | null, (random: Random) => string, readonly string[]])[] = [
  [
    "email",
    (r) => `${pick(r, NAMES)}@${pick(r, DOMAINS)}`,
    ["Write to # by Friday.", "Contact: <#>", "Kontakt (#), danke.", "mailto:#"],
  ],
  ["email", (r) => `${pick(r, NAMES).replace("+", "")} [at] example [dot] org`, ["Reach me: #, please."]],
  ["phone", (r) => `+49 ${pick(r, ["30", "89", "171"])} ${digits(r, 7)}`, ["Telefon: #.", "Rufen Sie # an"]],
  [
    "phone",
    (r) => `+33 6 ${group(digits(r, 8), [2, 2, 2, 2], " ")}`,
    ["Appelez le #.", "Son numéro est #, le soir."],
  ],
  [
    "phone",
    (r) => `0${pick(r, ["1", "6", "7"])} ${group(digits(r, 8), [2, 2, 2, 2], " ")}`,
    ["Tél. #", "Joignable au # le matin."],
  ],
  [
    "phone",
    (r) =>
      `(${2 + Math.floor(8 * r())}${digits(r, 2)}) ${2 + Math.floor(8 * r())}${digits(r, 2)}-${digits(r, 4)}`,
    ["Call # now.", "Her office is at #."],
  ],
  [
    "phone",
    (r) =>
      `${2 + Math.floor(8 * r())}${digits(r, 2)}-${2 + Math.floor(8 * r())}${digits(r, 2)}-${digits(r, 4)}`,
    ["My cell is #.", "Leave a message at #, thanks"],
  ],
  [
    "phone",
    (r) => `+91 ${pick(r, ["9", "8", "7"])}${digits(r, 4)} ${digits(r, 5)}`,
    ["मोबाइल: #", "Ring # after six."],
  ],
  [
    "phone",
    (r) => `${pick(r, ["08", "09", "06"])}${digits(r, 1)}-${digits(r, 3)}-${digits(r, 4)}`,
    ["โทร #", "ติดต่อ # ได้"],
  ],
  ["phone", (r) => `(11) 9${digits(r, 4)}-${digits(r, 4)}`, ["Ligue para # hoje.", "Meu número é #."]],
  ["phone", (r) => `6${digits(r, 2)} ${digits(r, 3)} ${digits(r, 3)}`, ["Llame al teléfono # .", "Móvil: #"]],
  ["phone", (r) => `0${pick(r, ["30", "89", "171"])}/${digits(r, 7)}`, ["Erreichbar unter #.", "Fax #"]],
  ["phone", (r) => `3${digits(r, 2)} ${digits(r, 7)}`, ["Cellulare: #", "Mi chiami al telefono # domani."]],
  [
    "ip",
    (r) =>
      `${pick(r, ["84", "185", "93", "151"])}.${20 + Math.floor(200 * r())}.${digits(r, 2)}.${1 + Math.floor(250 * r())}`.replace(
        /\.0(\d)\./,
        ".$1.",
      ),
    ["Login from # failed.", "Host # answered.", "- # - GET /"],
  ],
  [
    "ip",
    (r) => `2a01:4f8:${digits(r, 3)}:${digits(r, 4)}::${1 + Math.floor(9 * r())}`,
    ["The server at # is down.", "addr #/64"],
  ],
  [
    "mac",
    (r) => group(`${digits(r, 6)}a${digits(r, 4)}f`, [2, 2, 2, 2, 2, 2], pick(r, [":", "-"])),
    ["The card # was seen.", "ether #"],
  ],
  [
    "iban",
    (r) => group(iban("DE", digits(r, 18)), [4, 4, 4, 4, 4, 2], pick(r, [" ", ""])),
    ["Überweisung auf # bitte.", "IBAN: #"],
  ],
  ["iban", (r) => iban("ES", digits(r, 20)), ["La cuenta # es nueva."]],
  [
    "card",
    (r) => group(luhn(`4${digits(r, 14)}`), [4, 4, 4, 4], pick(r, [" ", "-", ""])),
    ["Paid with # yesterday.", "Card: #, valid."],
  ],
  ["card", (r) => luhn(`37${digits(r, 12)}`), ["Amex # was charged."]],
  [
    "id",
    (r) =>
      `${pick(r, ["123", "456", "078"])}-${1 + Math.floor(8 * r())}${digits(r, 1)}-${1 + Math.floor(8 * r())}${digits(r, 3)}`,
    ["SSN #", "His number is #, keep it."],
  ],
  ["id", (r) => nir(r), ["Sécurité sociale : #", "Son NIR est #."]],
  ["id", (r) => dni(r), ["DNI #", "Con documento # en Madrid."]],
  ["id", (r) => cpf(r).replace(/(...)(...)(...)(..)/, "$1.$2.$3-$4"), ["CPF #", "O titular # assinou."]],
  ["id", (r) => group(thaiId(r), [1, 4, 5, 2, 1], "-"), ["เลขประจำตัว #", "Card # was copied."]],
  ["id", () => "RSSMRA85T10A562S", ["Codice fiscale #", "Il signor # ha firmato."]],
  ["id", (r) => `ABC${pick(r, ["P", "C", "H"])}D${digits(r, 4)}K`, ["PAN: #", "His card # is void."]],
  ["key", (r) => `AKIA${group(digits(r, 16), [16], "")}`, ["aws_key = #", "Use # here."]],
  ["key", (r) => `ghp_${digits(r, 18)}abcdefGHIJKLmnopqr`, ["token: #", "git clone with # works"]],
  ["key", (r) => `q8Zk${digits(r, 8)}LmWx3Vb`, ['api_key = "#"', "client_secret: #"]],
  [
    "birth",
    (r) => `${10 + Math.floor(18 * r())}.0${1 + Math.floor(9 * r())}.19${50 + Math.floor(49 * r())}`,
    ["Geburtsdatum: #", "Date of birth: #", "Data di nascita: #"],
  ],
  [
    "address",
    (r) => `${1 + Math.floor(900 * r())} Maple Street, Springfield, IL 6${digits(r, 4)}`,
    ["She lives at #.", "Send it to #, please."],
  ],
  [
    "address",
    (r) => `Lindenstraße ${1 + Math.floor(90 * r())}, 10${digits(r, 3)} Berlin`,
    ["Er wohnt in der #.", "Adresse: #"],
  ],
  [
    "address",
    (r) => `${1 + Math.floor(90 * r())} rue de la Paix, 750${digits(r, 2)} Paris`,
    ["Il habite #.", "Adresse : #"],
  ],
  // What only looks like it.
  [
    null,
    (r) => `${1 + Math.floor(9 * r())}.${digits(r, 1)}.${digits(r, 1)}.${digits(r, 1)}`,
    ["Version # is out.", "Update to v# now.", "See section # below."],
  ],
  [
    null,
    (r) => `${1 + Math.floor(9 * r())}.${digits(r, 2)}.${digits(r, 3)}`,
    ["node # was released.", "Chrome #"],
  ],
  [null, (r) => `978-3-16-14${digits(r, 4)}-0`, ["ISBN #", "The book (#) is sold out."]],
  [null, (r) => digits(r, 12), ["Order # was shipped.", "Invoice no. # is due.", "Tracking: #"]],
  [null, (r) => digits(r, 16), ["Order # was shipped.", "Ticket #, closed"]],
  [
    null,
    (r) => `20${digits(r, 2)}-0${1 + Math.floor(9 * r())}-1${digits(r, 1)}`,
    ["On # it rained.", "Released: #"],
  ],
  [null, (r) => `${digits(r, 2)}:${digits(r, 2)}:${digits(r, 2)}`, ["At # the run began."]],
  [
    null,
    (r) => `${1 + Math.floor(9 * r())},${digits(r, 3)},${digits(r, 3)}`,
    ["The town has # people.", "It cost $#."],
  ],
  [
    null,
    (r) => `${1 + Math.floor(9 * r())} ${digits(r, 3)} ${digits(r, 3)}`,
    ["La ville compte # habitants.", "Le prix : # euros"],
  ],
  [null, (r) => `192.168.${digits(r, 1)}.${1 + Math.floor(200 * r())}`, ["Open # in the browser.", "ping #"]],
  [null, (r) => `icon@2x-${digits(r, 2)}.png`, ["<img src=#>", "Save as #."]],
  [null, (r) => `lodash@4.17.${digits(r, 2)}`, ["npm install #", "needs #"]],
  [null, (r) => `x[${digits(r, 2)}] = y[${digits(r, 2)}] * 0x${digits(r, 8)};`, ["Code: #", "#"]],
  [null, (r) => `std::vector<int>::iterator it${digits(r, 1)}`, ["Declare # first."]],
  [
    null,
    (r) => `${1700 + Math.floor(150 * r())}-${1860 + Math.floor(60 * r())}`,
    ["The poet (#) is forgotten.", "From # there was peace."],
  ],
  [null, (r) => `${digits(r, 3)}.${digits(r, 4)}e-${digits(r, 1)}`, ["The constant is # here."]],
  [null, (r) => `3.14159265${digits(r, 8)}`, ["Pi is about #."]],
  [
    null,
    (r) => `${digits(r, 8)}-${digits(r, 4)}-4${digits(r, 3)}-a${digits(r, 3)}-${digits(r, 12)}`,
    ["The run # ended."],
  ],
  [null, (r) => `${10 + Math.floor(80 * r())} Downing Street`, ["They met at # in the morning."]],
  [null, (r) => `March ${1 + Math.floor(27 * r())}, 18${digits(r, 2)}`, ["He was born on #, in Vienna."]],
];

/** Planted finds and look-alikes by rule, `rounds` of each form; every number is invented. */
export function plantPii(random: Random, rounds: number): PlantedPii[] {
  const planted: PlantedPii[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [kind, make, frames] of MAKERS) {
      const value = make(random);
      planted.push({ kind, value, text: frames[round % frames.length]!.replace("#", () => value) });
    }
  }
  return planted;
}
