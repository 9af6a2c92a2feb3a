/** Digits of a text as numbers. */
export function digitsOf(text: string): number[] {
  return [...text.replace(/\D/g, "")].map(Number);
}

const areSame = (digits: readonly number[]): boolean => digits.every((digit) => digit === digits[0]);

/** Payment cards (ISO/IEC 7812). */
export function passesLuhn(digits: readonly number[]): boolean {
  let sum = 0;
  for (let at = digits.length - 1, isDouble = false; at >= 0; at--, isDouble = !isDouble) {
    const value = isDouble ? 2 * digits[at]! : digits[at]!;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0 && !areSame(digits);
}

const VERHOEFF_PRODUCT = [
  "0123456789",
  "1234067895",
  "2340178956",
  "3401289567",
  "4012395678",
  "5987604321",
  "6598710432",
  "7659821043",
  "8765932104",
  "9876543210",
];
const VERHOEFF_PERMUTATION = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** Aadhaar of India. */
export function passesVerhoeff(digits: readonly number[]): boolean {
  let check = 0;
  for (let at = 0; at < digits.length; at++) {
    const moved = Number(VERHOEFF_PERMUTATION[at % 8]![digits.at(-1 - at)!]);
    check = Number(VERHOEFF_PRODUCT[check]![moved]);
  }
  return check === 0;
}

/** ISO 7064 MOD 11,10 of the German tax number, with its rule of one repeated digit. */
export function isTaxId(digits: readonly number[]): boolean {
  if (digits.length !== 11 || digits[0] === 0) return false;
  const counts = Array.from(
    { length: 10 },
    (_, digit) => digits.slice(0, 10).filter((each) => each === digit).length,
  );
  if (counts.filter((count) => count > 1).length !== 1 || Math.max(...counts) > 3) return false;
  let product = 10;
  for (const digit of digits.slice(0, 10)) product = (2 * ((digit + product) % 10 || 10)) % 11;
  return (11 - product) % 10 === digits[10];
}

/** A check digit as Brazil computes it: weighted sum, modulo 11. */
function brazilianDigit(digits: readonly number[], highest: number): number {
  let sum = 0;
  for (let at = 0; at < digits.length; at++)
    sum += digits[at]! * (2 + ((digits.length - 1 - at) % (highest - 1)));
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}

export function isCpf(digits: readonly number[]): boolean {
  return (
    digits.length === 11 &&
    !areSame(digits) &&
    brazilianDigit(digits.slice(0, 9), 11) === digits[9] &&
    brazilianDigit(digits.slice(0, 10), 11) === digits[10]
  );
}

export function isCnpj(digits: readonly number[]): boolean {
  return (
    digits.length === 14 &&
    !areSame(digits) &&
    brazilianDigit(digits.slice(0, 12), 9) === digits[12] &&
    brazilianDigit(digits.slice(0, 13), 9) === digits[13]
  );
}

/** Number of Brazil's health card (CNS). */
export function isCns(digits: readonly number[]): boolean {
  if (digits.length !== 15 || ![1, 2, 7, 8, 9].includes(digits[0]!)) return false;
  return digits.reduce((sum, digit, at) => sum + digit * (15 - at), 0) % 11 === 0;
}

export function isThaiId(digits: readonly number[]): boolean {
  if (digits.length !== 13 || digits[0] === 0) return false;
  const sum = digits.slice(0, 12).reduce((total, digit, at) => total + digit * (13 - at), 0);
  return (11 - (sum % 11)) % 10 === digits[12];
}

/** Number of the French register of persons: 13 signs and their key; Corsica writes letters. */
export function isNir(text: string): boolean {
  const signs = text.replace(/[\s.]/g, "").toUpperCase();
  if (!/^[1278]\d{2}(0[1-9]|1[0-2]|[2-9]\d)(\d{2}|2[AB])\d{8}$/.test(signs)) return false;
  const number = Number(signs.slice(0, 13).replace("2A", "19").replace("2B", "18"));
  return 97 - (number % 97) === Number(signs.slice(13));
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** The letter at the end of an Italian codice fiscale. */
export function isCodiceFiscale(text: string): boolean {
  const signs = text.toUpperCase();
  let sum = 0;
  for (let at = 0; at < 15; at++) {
    const code = signs.charCodeAt(at);
    const value = code < 65 ? code - 48 : code - 65;
    sum += at % 2 === 0 ? ODD[value]! : value;
  }
  return signs.charCodeAt(15) === 65 + (sum % 26);
}

/** The letter of a Spanish DNI or NIE. */
export function isDni(text: string): boolean {
  const signs = text.replace(/[\s.-]/g, "").toUpperCase();
  const number = Number(signs.slice(0, -1).replace("X", "0").replace("Y", "1").replace("Z", "2"));
  return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] === signs.at(-1);
}

const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  "AD24 AE23 AT20 BE16 BG22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22 IS26 IT27 LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SE24 SI19 SK24 SM27 TR26 UA29"
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Length and checksum of an IBAN (ISO 13616). */
export function isIban(text: string): boolean {
  const signs = text.replace(/[\s-]/g, "").toUpperCase();
  if (IBAN_LENGTHS[signs.slice(0, 2)] !== signs.length) return false;
  let rest = 0;
  for (const sign of signs.slice(4) + signs.slice(0, 4)) {
    const value = Number.parseInt(sign, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
