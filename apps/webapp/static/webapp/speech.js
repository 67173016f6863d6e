// Which language the app speaks, and its sentences. Signed in it is the one of the profile, as in
// what the server writes; at the door it is the browser's.
import { inLanguage } from "./language.js";
import german from "./texts_de.js";
import english from "./texts_en.js";

const BOOKS = { en: english, de: german };
export const LANGUAGES = { en: "English", de: "Deutsch" };
const DATES = { en: "en-GB", de: "de-DE" };
let spoken = "en", formats = new Map();

export const languageOf = (locale) => inLanguage({ en: "en", de: "de" }, locale);
export const language = () => spoken;

// Speak the language of a locale from now on, English for one that nobody has written.
export function speak(locale) {
  const wanted = languageOf(locale);
  if (wanted !== spoken) formats = new Map();
  spoken = wanted;
}

export const t = (key, values) => sentence(BOOKS[spoken][key], values);

// A sentence in the language of a locale, whatever the app speaks: for what the service worker shows.
export const tIn = (locale, key) => BOOKS[languageOf(locale)][key];

// Of two sentences the one for so many.
export function many(key, count, values) {
  return t(count === 1 ? `${key}.one` : key, { ...values, count });
}

const sentence = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values?.[name] ?? ""));

export function dated(name, options) {
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(DATES[spoken], options));
  return formats.get(name);
}

// Digits as readers of the language write them.
export const inDigits = (text) => (spoken === "de" ? text.replace(/(\d)\.(\d)/g, "$1,$2") : text);
