/** The languages a detector can name; everything else is "other". */
export const LANGUAGES = ["en", "de", "fr", "it", "pt", "hi", "es", "th"] as const;

/** A language of the list, or "other" for any further one, or "none" where there are no letters. */
export type Language = (typeof LANGUAGES)[number] | "other" | "none";

/**
 * Classes of the model. "Other" is split so that each part lies close to the languages it is mistaken for; the codes
 * are those of the UDHR files. Rows without codes take what no row names. Thai needs no class: its script decides.
 */
export const LANGUAGE_CLASSES: readonly {
  language: Language;
  script: "latin" | "devanagari";
  codes: string;
}[] = [
  { language: "en", script: "latin", codes: "en" },
  { language: "de", script: "latin", codes: "de" },
  { language: "fr", script: "latin", codes: "fr" },
  { language: "it", script: "latin", codes: "it" },
  { language: "pt", script: "latin", codes: "pt" },
  { language: "es", script: "latin", codes: "es" },
  { language: "other", script: "latin", codes: "glg ast lad pov 007 kea mxi" },
  {
    language: "other",
    script: "latin",
    codes: "cat auv prv lnc roh fur pcd wln hat_kreyol hat_popular crs bre",
  },
  {
    language: "other",
    script: "latin",
    codes: "cos vec src lat lat_1 ina ido epo mlt_latn lij ron ron_1953 ron_1993 rmn",
  },
  { language: "other", script: "latin", codes: "nld afr ltz fri nds lim als hsb" },
  { language: "other", script: "latin", codes: "dan nob nno not swe isl fao" },
  { language: "other", script: "latin", codes: "sco pcm kri bis tpi srn gla gle cym jam" },
  {
    language: "other",
    script: "latin",
    codes: "pol ces slk slv hrv bos_latn srp_latn lit lav hun fin est tur azj_latn sqi eus",
  },
  { language: "other", script: "latin", codes: "" },
  { language: "hi", script: "devanagari", codes: "hi" },
  { language: "other", script: "devanagari", codes: "" },
];
