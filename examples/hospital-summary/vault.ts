import { findPii } from "@llamero/train/pii";

/** Lines of a header that name a person; the value ends where the next column, a number or a remark begins. */
const nameFields =
  /\b(Paciente|Nome(?: social| completo| d[ao] \p{L}+)?|M[ãa]e|Pai|Respons[áa]vel|Acompanhante|C[ôo]njuge|M[ée]dic[ao](?: \p{Ll}+)?|Enfermeir[ao])[ \t]*:[ \t]*([^\n,;(|\d]+?)(?=[ \t]{2,}|[\n,;(|\d]|$)/giu;
/** A title with a name behind it, in running text. */
const titledNames =
  /\b(?:[Dd]rª?|[Dd]ra|[Ss]rª?|[Ss]ra|[Dd]ona|[Ss]eu|[Ee]nf[ª]?)\.?[ \t]+(\p{Lu}[\p{L}'-]+(?:[ \t]+(?:d[aeo]s?[ \t]+)?\p{Lu}[\p{L}'-]+)*)/gu;
const titles = /^(?:dra?|sra?|dona|seu|enf)[.ªº]*[ \t]+/iu;

/** Fields whose value goes, whatever it looks like: a number with a slip has no right check digit. */
const fields: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["CPF", /\bCPF[ \t]*(?:n?[ºo.]*)[ \t]*:?[ \t]*([\d.\- ]{9,16}\d)/giu],
  ["SUS", /\b(?:CNS|(?:cart[ãa]o )?(?:do )?SUS)[ \t]*(?:n?[ºo.]*)[ \t]*:?[ \t]*(\d[\d. -]{13,20}\d)/giu],
  ["NASCIMENTO", /\b(?:DN|D\.N\.|(?:data de )?nascimento|nascid[ao] em)[ \t]*:?[ \t]*(\d[\d/.-]{5,9})/giu],
  ["REGISTRO", /\b(?:prontu[áa]rio|RG|registro|atendimento|CRM|COREN)[ \t:/-]*([\dA-Z][\d.\-/]{3,})/giu],
  ["ENDERECO", /\b(?:endere[çc]o|resid[êe]ncia|mora (?:em|na|no))[ \t]*:?[ \t]*([^\n]+)/giu],
];
/** Names of the kinds that the detectors of `@llamero/train/pii` know. */
const kindNames: Readonly<Record<string, string>> = {
  phone: "TELEFONE",
  birth: "NASCIMENTO",
  address: "ENDERECO",
  id: "DOCUMENTO",
  email: "EMAIL",
};
/** Whatever is left with so many digits identifies somebody. */
const longNumbers = /\d(?:[ .-]?\d){7,}/g;

const placeholder = /\[([A-Z]+(?:_\d+)?)\]/g;
const letters: Readonly<Record<string, string>> = {
  a: "[aáàâãäå]",
  e: "[eéèêë]",
  i: "[iíìîï]",
  o: "[oóòôõö]",
  u: "[uúùûü]",
  c: "[cç]",
  n: "[nñ]",
};

/** Keeps who a patient is: texts leave with placeholders, and get the clear words back on this machine. */
export class PatientVault {
  /** Clear words by placeholder. */
  readonly #clear = new Map<string, string>();
  /** Placeholder by what is to be replaced. */
  readonly #hidden = new Map<string, string>();

  /** How many different things were hidden, by kind. */
  get counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const name of this.#clear.keys()) {
      const kind = name.replace(/_\d+$/, "");
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  /** Notes with a placeholder for all that says who somebody is; what was hidden once stays hidden everywhere. */
  redact(notes: string): string {
    const text = notes.normalize("NFC");
    for (const [, field = "", name = ""] of text.matchAll(nameFields))
      this.#hidePerson(name.trim().replace(titles, ""), /^(?:paciente|nome(?! d))/i.test(field));
    for (const [, name = ""] of text.matchAll(titledNames)) this.#hidePerson(name, false);
    for (const [kind, pattern] of fields)
      for (const [, value = ""] of text.matchAll(pattern)) this.#hide(kind, value.trim());
    for (const { kind, start, end } of findPii(text, { keepsReserved: false }))
      this.#hide(kindNames[kind] ?? "DADO", text.slice(start, end));
    const rest = this.#replace(text);
    for (const [number] of rest.matchAll(longNumbers)) this.#hide("NUMERO", number);
    return this.#replace(text);
  }

  /** The clear words instead of placeholders; those that nobody gave stay. */
  restore(text: string): string {
    return text.replace(placeholder, (whole, name: string) => this.#clear.get(name) ?? whole);
  }

  /** Whether clear words of the patient are in a text. */
  leaks(text: string): boolean {
    return this.#replace(text.normalize("NFC")) !== text.normalize("NFC");
  }

  #hidePerson(name: string, isPatient: boolean): void {
    if (name === "" || this.#hidden.has(name.toLowerCase())) return;
    const parts = name.split(/\s+/).filter((part) => part.length > 2 && !/^d[aeo]s?$/i.test(part));
    // "Dra. Camila" is whoever of that name was there before.
    const isKnown = parts.every((part) => this.#hidden.has(part.toLowerCase()));
    if (isKnown) return;
    const own = this.#hide(isPatient ? "PACIENTE" : "PESSOA", name);
    for (const part of parts)
      if (!this.#hidden.has(part.toLowerCase())) this.#hidden.set(part.toLowerCase(), own);
  }

  #hide(kind: string, value: string): string {
    const known = this.#hidden.get(value.toLowerCase());
    if (known !== undefined) return known;
    const number = (this.counts[kind] ?? 0) + 1;
    const name = kind === "PACIENTE" && number === 1 ? kind : `${kind}_${number}`;
    this.#clear.set(name, value);
    this.#hidden.set(value.toLowerCase(), name);
    return name;
  }

  #replace(text: string): string {
    const values = [...this.#hidden.keys()].sort((a, b) => b.length - a.length);
    if (values.length === 0) return text;
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])(?:${values.map(loosely).join("|")})(?![\\p{L}\\p{N}])`,
      "giu",
    );
    const names = new Map(values.map((value) => [plain(value), this.#hidden.get(value)!]));
    return text.replace(pattern, (found) => `[${names.get(plain(found))}]`);
  }
}

/** A pattern of a value with any accents and white space. */
function loosely(value: string): string {
  return [...plain(value)]
    .map((sign) => letters[sign] ?? (sign === " " ? "\\s+" : sign.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")))
    .join("");
}

function plain(value: string): string {
  return value.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/\s+/g, " ");
}
