import { createLanguageDetector, type DetectedLanguage } from "@llamero/train/language";

/** Codes of the languages of Llama 3.1. */
export type LanguageCode = Exclude<DetectedLanguage["language"], "other" | "none">;

/** How the sky is. */
export type Sky = "sun" | "clouds" | "rain" | "snow";

/** What the agent says of its own in a language. */
export interface Words {
  /** In English, for the steps. */
  name: string;
  instructions: string;
  /** Said to a model that answered in another language. */
  again: string;
  sky: { readonly [S in Sky]: string };
  nothingPlanned: string;
}

export const languages: { readonly [L in LanguageCode]: Words } = {
  en: {
    name: "English",
    instructions:
      "Answer briefly and in English. Use the tools for weather, sums and the calendar; do not guess.",
    again: "Answer in English, please.",
    sky: { sun: "sunny", clouds: "cloudy", rain: "rain", snow: "snow" },
    nothingPlanned: "nothing planned",
  },
  de: {
    name: "German",
    instructions:
      "Antworte kurz und auf Deutsch. Nutze die Werkzeuge für Wetter, Rechnungen und Kalender; rate nicht.",
    again: "Bitte antworte auf Deutsch.",
    sky: { sun: "sonnig", clouds: "bewölkt", rain: "Regen", snow: "Schnee" },
    nothingPlanned: "nichts geplant",
  },
  fr: {
    name: "French",
    instructions:
      "Réponds brièvement et en français. Utilise les outils pour la météo, les calculs et l’agenda ; ne devine pas.",
    again: "Réponds en français, s’il te plaît.",
    sky: { sun: "ensoleillé", clouds: "nuageux", rain: "pluie", snow: "neige" },
    nothingPlanned: "rien de prévu",
  },
  it: {
    name: "Italian",
    instructions:
      "Rispondi brevemente e in italiano. Usa gli strumenti per il meteo, i calcoli e il calendario; non tirare a indovinare.",
    again: "Rispondi in italiano, per favore.",
    sky: { sun: "soleggiato", clouds: "nuvoloso", rain: "pioggia", snow: "neve" },
    nothingPlanned: "niente in programma",
  },
  pt: {
    name: "Portuguese",
    instructions:
      "Responda de forma breve e em português. Use as ferramentas para o tempo, as contas e a agenda; não adivinhe.",
    again: "Responda em português, por favor.",
    sky: { sun: "sol", clouds: "nublado", rain: "chuva", snow: "neve" },
    nothingPlanned: "nada marcado",
  },
  hi: {
    name: "Hindi",
    instructions: "संक्षेप में और हिन्दी में उत्तर दें। मौसम, गणना और कैलेंडर के लिए उपकरणों का उपयोग करें; अनुमान न लगाएँ।",
    again: "कृपया हिन्दी में उत्तर दें।",
    sky: { sun: "धूप", clouds: "बादल", rain: "बारिश", snow: "बर्फ़" },
    nothingPlanned: "कुछ भी तय नहीं है",
  },
  es: {
    name: "Spanish",
    instructions:
      "Responde brevemente y en español. Usa las herramientas para el tiempo, las cuentas y la agenda; no adivines.",
    again: "Responde en español, por favor.",
    sky: { sun: "soleado", clouds: "nublado", rain: "lluvia", snow: "nieve" },
    nothingPlanned: "nada previsto",
  },
  th: {
    name: "Thai",
    instructions: "ตอบสั้น ๆ เป็นภาษาไทย ใช้เครื่องมือสำหรับสภาพอากาศ การคำนวณ และปฏิทิน อย่าเดา",
    again: "กรุณาตอบเป็นภาษาไทย",
    sky: { sun: "แดดออก", clouds: "มีเมฆ", rain: "ฝนตก", snow: "หิมะตก" },
    nothingPlanned: "ไม่มีนัดหมาย",
  },
};

const detector = createLanguageDetector();
/** Below it a text is too short or too mixed to tell. */
const minConfidence = 0.6;

/** The language of a text; null when it is none of the eight, or cannot be told. */
export function detectLanguage(text: string): { code: LanguageCode; confidence: number } | null {
  const { language, confidence } = detector.detect(text);
  if (language === "other" || language === "none" || confidence < minConfidence) return null;
  return { code: language, confidence };
}
