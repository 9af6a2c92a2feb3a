import {
  digitsOf,
  isCnpj,
  isCns,
  isCodiceFiscale,
  isCpf,
  isDni,
  isIban,
  isNir,
  isTaxId,
  isThaiId,
  passesLuhn,
  passesVerhoeff,
} from "./checksums.ts";

/** What can be found. */
export const PII_KINDS = [
  "email",
  "phone",
  "ip",
  "mac",
  "iban",
  "card",
  "id",
  "key",
  "birth",
  "address",
] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/** A rule: what it looks like, and what must hold besides. Group 1 is the part that is meant, if there is one. */
export interface Detector {
  kind: PiiKind;
  pattern: RegExp;
  /** What a text has at least where the pattern can match: quick to look for, and shared, so that it is looked for once. */
  needs?: RegExp;
  check?: (found: string, before: string, after: string, keepsReserved: boolean) => boolean;
}

/** Words before a number that say what it is. */
const PHONE_WORDS =
  /(?:\b(?:tel|telephone|phone|mobile|cell|call|fax|whatsapp|telefon|handy|mobil|rufnummer|tél|téléphone|portable|appel\w*|telefono|cellulare|chiam\w+|telefone|celular|ligue|telem[oó]vel|tel[eé]fono|m[oó]vil|ll[aá]m\w+)\b|फ़ोन|फोन|मोबाइल|दूरभाष|โทร|มือถือ)[^\n\d]{0,25}$/iu;
const VERSION_WORDS =
  /(?:\bv|\bversions?|\brelease|\bsection|\brev|§|build|chapter|firmware|==|>=|<=)\s*:?\s*$|[@/-]$/i;
const ADDRESS_WORDS = /\b(?:ip|host|server|address|from|client|login|ping|ssh)\b/i;
const AADHAAR_WORDS = /(?:aadhaar|aadhar|uidai|\buid\b|आधार)[^\n]{0,25}$/iu;
const THAI_WORDS = /(?:บัตรประชาชน|ประจำตัว|thai id|citizen id|national id)[^\n]{0,25}$/iu;
const NUMBER_WORDS =
  /(?:\b(?:order|invoice|isbn(?:-1[03])?|issn|tracking|ticket|reference|ref|article|part|sku|serial|bestell\w*|rechnung\w*|commande|facture|ordine|fattura|pedido|factura|doi|case|lot|model|item|patent|ean|upc)\b|#)[^\n\d]{0,20}$/i;

/** Not part of a longer number, word or path. */
const HEAD = "(?<![\\w.+-]|\\d[ ,])";
const TAIL = "(?!\\w|[.,]\\d|-\\w)";

const number = (source: string): RegExp => new RegExp(`${HEAD}${source}${TAIL}`, "g");

/** Addresses of no one: private, local, for documentation, and those with all parts below 10, as versions have. */
function isPlainAddress(found: string, before: string, keepsReserved: boolean): boolean {
  const parts = found.split(".").map(Number);
  if (parts.some((part) => part > 255)) return false;
  if (VERSION_WORDS.test(before)) return false;
  if (parts.every((part) => part < 20) && !ADDRESS_WORDS.test(before)) return false;
  const [a, b] = [parts[0]!, parts[1]!];
  const isReserved =
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 192 && b === 168) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 169 && b === 254) ||
    found.startsWith("192.0.2.") ||
    found.startsWith("198.51.100.") ||
    found.startsWith("203.0.113.");
  return !(isReserved && keepsReserved);
}

function isIpv6(found: string): boolean {
  const halves = found.replace(/%.*/, "").split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (halves.length > 2 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}

function isCard(found: string): boolean {
  const digits = digitsOf(found);
  const head = found.replace(/\D/g, "");
  const isIssued =
    (/^(4|5[1-5]|2[2-7]|6011|65|35)/.test(head) && digits.length === 16) ||
    (/^3[47]/.test(head) && digits.length === 15) ||
    (/^(30[0-5]|36|38)/.test(head) && digits.length === 14);
  return isIssued && passesLuhn(digits);
}

/** Two classes of signs at least, and no word or placeholder. */
function looksRandom(found: string): boolean {
  if (/^(.)\1+$|example|placeholder|your|xxxx|\*\*|<|\$\{|password|secret/i.test(found)) return false;
  const isMixed = /\d/.test(found) && /[a-z]/i.test(found);
  return isMixed && new Set(found).size >= 8;
}

const DATE =
  "((?:\\d{1,2}[./-]\\d{1,2}[./-](?:19|20)?\\d{2}|(?:19|20)\\d{2}-\\d{2}-\\d{2}|\\d{1,2}(?:st|nd|rd|th|er|º)?\\.?\\s+(?:de\\s+)?[\\p{L}\\p{M}]{3,12}\\.?,?\\s+(?:de\\s+)?(?:19[2-9]|20|25)\\d{2}|[A-Z][a-z]{2,8}\\.?\\s+\\d{1,2},?\\s+(?:19[2-9]|20)\\d))";

/** English, German, French, then Spanish, Italian and Portuguese. A street without number and code is no one's address. */
const STREETS: readonly RegExp[] = [
  /(?<!\w)\d{1,5}[A-Z]? (?:[A-Z][\w'.]{1,20} ){1,4}(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane|Ln\.?|Drive|Dr\.?|Boulevard|Blvd\.?|Court|Ct\.?|Way|Place|Terrace|Square)(?:,? (?:Apt|Suite|Unit|#)\.? ?\w{1,5})?,? (?:[A-Z][\w.]{1,20},? ){1,3}(?:[A-Z]{2},? \d{5}(?:-\d{4})?|[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2})(?!\w)/g,
  /(?<![\p{L}])(?:\p{Lu}[\p{L}.-]{1,25}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|ufer)|(?:\p{Lu}[\p{L}-]{1,20} ){1,2}(?:Straße|Str\.|Weg|Platz|Allee)) \d{1,4} ?[a-z]?,? ?(?:D-)?\d{5} \p{Lu}[\p{L}-]{1,25}/gu,
  /(?<!\w)\d{1,4}(?: bis| ter)?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|impasse|allée|quai) (?:[\p{L}'’-]{1,20} ){0,5}[\p{L}'’-]{1,20},? \d{5} \p{Lu}[\p{L}-]{1,25}/giu,
  /(?<![\p{L}])(?:Calle|C\/|Avenida|Avda?\.|Plaza|Paseo|Via|Viale|Piazza|Corso|Rua|Av\.|Travessa|Praça) (?:[\p{L}'.]{1,20} ){0,5}[\p{L}'.]{1,20},? (?:n\.? ?[ºo°]? ?)?\d{1,5}[^\n\d]{1,30}(?:\d{5}-\d{3}|\d{4}-\d{3}|\d{5})(?!\d)/gu,
];

/** Seven digits or signs of numbers in a row. */
const LONG_NUMBER = /\d[\d .\-/()]{5}/;
const POSTAL_CODE = /\d{5}|\d{4}-\d{3}|\d[A-Z]{2}\b/;
const BIRTH =
  /irth|IRTH|dob|DOB|D\.O\.B|orn on|GEBURT|eburtsdatum|eboren am|naissance|née? le|nascita|nat[oa] il|nascimento|ascid[oa] em|nacimiento|acid[oa] el|जन्म|เกิด/;

/** In the order in which they win where two overlap. */
export const DETECTORS: readonly Detector[] = [
  {
    kind: "key",
    needs: /PRIVATE KEY/,
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]{20,8000}-----END [A-Z ]*PRIVATE KEY-----/g,
  },
  {
    kind: "key",
    pattern:
      /(?<![\w-])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|sk-(?:proj-|ant-)?[\w-]{20,}|[sr]k_(?:live|test)_\w{16,}|hf_[A-Za-z]{30,}|npm_\w{30,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|SG\.[\w-]{16,}\.[\w-]{16,})(?![\w-])/g,
  },
  {
    kind: "key",
    needs: /key|secret|token|passw|bearer/i,
    pattern:
      /(?:api[_-]?key|apikey|secret|access[_-]?key|auth[_-]?token|access[_-]?token|client[_-]?secret|passw(?:or)?d|bearer)["']?(?:\s*[:=]\s*|\s+)["']?([\w+/=.-]{16,200})/gi,
    check: looksRandom,
  },
  {
    kind: "email",
    needs: /@/,
    pattern:
      /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_][\p{L}\p{N}._%+-]{0,63}@(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,6}\p{L}{2,24}(?![\p{L}\p{N}-]|\.\p{N})/gu,
    check: (found, before, after) =>
      !/\.(?:png|jpe?g|gif|svg|webp|css|js|ts|html?)$/i.test(found) &&
      !(/^git@/.test(found) && after.startsWith(":")) &&
      !/:\/\/[^\s/]*$/.test(before),
  },
  {
    kind: "email",
    needs: /[[({]at[\])}]| at .* dot /i,
    pattern:
      /\b[\w.+-]{1,64}\s?(?:\[at\]|\(at\)|\{at\}|\sat\s)\s?[\w-]{1,63}(?:\s?(?:\[dot\]|\(dot\)|\sdot\s)\s?[\w-]{1,63}){1,4}/gi,
  },
  {
    kind: "iban",
    needs: /[A-Z]{2}\d{2}/,
    pattern: /(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?!\w)/g,
    check: isIban,
  },
  {
    kind: "mac",
    needs: /[0-9a-f]{2}[:-][0-9a-f]{2}[:-]/i,
    pattern: /(?<![\w:-])[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})(?![\w:-])/gi,
    check: (found) => !/^(?:00[:-]){5}00$|^(?:ff[:-]){5}ff$/i.test(found),
  },
  {
    kind: "ip",
    needs: /[0-9a-f]:[0-9a-f]{0,4}:/i,
    pattern: /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?(?![\w:])/gi,
    check: (found, _before, _after, keepsReserved) =>
      isIpv6(found) &&
      /\d/.test(found) &&
      found.split(":").filter((part) => part !== "").length >= 3 &&
      !(keepsReserved && /^(?:2001:0?db8|fe[89ab]|f[cd])/i.test(found)),
  },
  {
    kind: "ip",
    needs: /\d\.\d/,
    pattern: /(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)/g,
    check: (found, before, _after, keepsReserved) => isPlainAddress(found, before, keepsReserved),
  },
  {
    kind: "card",
    needs: LONG_NUMBER,
    pattern: number("\\d{4}[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}"),
    check: (found, before) => !NUMBER_WORDS.test(before) && isCard(found),
  },
  {
    kind: "card",
    needs: LONG_NUMBER,
    pattern: number("3\\d{3}[ -]?\\d{6}[ -]?\\d{4,5}"),
    check: (found, before) => !NUMBER_WORDS.test(before) && isCard(found),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("\\d{2}\\.?\\d{3}\\.?\\d{3}/\\d{4}-?\\d{2}"),
    check: (found) => isCnpj(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}"),
    check: (found) => isCpf(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("[1278] ?\\d{2} ?\\d{2} ?(?:\\d{2}|2[AB]) ?\\d{3} ?\\d{3} ?\\d{2}"),
    check: (found, before) => !NUMBER_WORDS.test(before) && isNir(found),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("[12789]\\d{2}[ .]?\\d{4}[ .]?\\d{4}[ .]?\\d{4}"),
    check: (found, before) => !NUMBER_WORDS.test(before) && isCns(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("\\d-\\d{4}-\\d{5}-\\d{2}-\\d"),
    check: (found) => isThaiId(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("\\d{13}"),
    check: (found, before) => THAI_WORDS.test(before) && isThaiId(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("[2-9]\\d{3}[ -]\\d{4}[ -]\\d{4}"),
    check: (found, before) => !NUMBER_WORDS.test(before) && passesVerhoeff(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("[2-9]\\d{11}"),
    check: (found, before) => AADHAAR_WORDS.test(before) && passesVerhoeff(digitsOf(found)),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("(?:\\d{11}|\\d{2} \\d{3} \\d{3} \\d{3})"),
    check: (found, before) =>
      !NUMBER_WORDS.test(before) &&
      (isTaxId(digitsOf(found)) || (!found.includes(" ") && isCpf(digitsOf(found)))),
  },
  {
    kind: "id",
    needs: LONG_NUMBER,
    pattern: number("(?!000|666|9)\\d{3}-(?!00)\\d{2}-(?!0000)\\d{4}"),
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  {
    kind: "id",
    pattern: /(?<![\w-])[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?![\w-])/g,
    check: isCodiceFiscale,
  },
  {
    kind: "id",
    pattern: /(?<![\w.-])(?:\d{8}|\d{2}\.\d{3}\.\d{3}|[XYZ]-?\d{7})[ -]?[A-Z](?![\w-])/g,
    check: (found, before) => !NUMBER_WORDS.test(before) && isDni(found),
  },
  {
    kind: "id",
    pattern: /(?<![\w-])[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?![\w-])/g,
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  {
    kind: "birth",
    needs: BIRTH,
    pattern: new RegExp(
      `(?:date of birth|birth ?date|\\bd\\.?o\\.?b\\b\\.?|\\bborn on|geburtsdatum|geboren am|date de naissance|\\bnée? le|data di nascita|\\bnat[oa] il|data de nascimento|\\bnascid[oa] em|fecha de nacimiento|\\bnacid[oa] el|जन्म ?तिथि|जन्मतिथि|วันเกิด|เกิดวันที่|เกิดเมื่อ)[\\s:=("]{0,6}${DATE}`,
      "giu",
    ),
  },
  // A house number with a street and a postal code near by, as letters have them.
  ...STREETS.map((pattern): Detector => ({ kind: "address", needs: POSTAL_CODE, pattern })),
  // International numbers.
  {
    kind: "phone",
    needs: /\+\d/,
    pattern: /(?<![\w+])\+[1-9][\d ().\-/]{6,20}\d(?!\w|[.,]\d)/g,
    check: (found) => digitsOf(found).length >= 8 && digitsOf(found).length <= 15,
  },
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: /(?<![\w+.-])00[1-9]\d?[\d ]? ?[ .-][\d ().\-/]{6,18}\d(?!\w|[.,]\d)/g,
    check: (found, before) =>
      !NUMBER_WORDS.test(before) && digitsOf(found).length >= 10 && digitsOf(found).length <= 17,
  },
  // The United States and Canada.
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: /(?<![\w+.-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4}(?![\w]|[-.]\d)/g,
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  // France; Thailand; Brazil; India; Spain by pairs.
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: /(?<![\w+.]|\d[ -])0[1-9](?:([ .-])\d{2})(?:\1\d{2}){3}(?![\w]|[ .-]\d)/g,
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: number("0(?:[689]\\d-\\d{3}-\\d{4}|2-\\d{3}-\\d{4}|[3-57]\\d-\\d{3}-\\d{3})"),
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  { kind: "phone", needs: LONG_NUMBER, pattern: /(?<![\w+.-])\([1-9]\d\) ?9?\d{4}[- ]\d{4}(?![\w-])/g },
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: number("[6-9]\\d{4}[ -]\\d{5}"),
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: number("[67]\\d{2} \\d{2} \\d{2} \\d{2}"),
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  // Germany and Italy: area code, then a stroke or a hyphen.
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: number("0[1-9]\\d{1,4}(?: ?/ ?|-)\\d{5,9}(?:-\\d{1,4})?"),
    check: (_found, before) => !NUMBER_WORDS.test(before),
  },
  // Anything after a word that says so.
  {
    kind: "phone",
    needs: LONG_NUMBER,
    pattern: /(?<![\w+.])\(?\d[\d ().\-/]{5,20}\d(?!\w|[.,]\d)/g,
    check: (found, before) =>
      PHONE_WORDS.test(before) &&
      digitsOf(found).length >= 7 &&
      digitsOf(found).length <= 15 &&
      !/^(?:19|20)\d{2}-\d{2}-\d{2}$/.test(found),
  },
];
