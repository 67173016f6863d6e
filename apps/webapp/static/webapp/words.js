// Words and dates as people read them.
import { svg, h } from "./dom.js";
import { localDay } from "./clock.js";
import { inLanguage } from "./language.js";
import { digitsOf } from "./lossless.js";
import { dated, inDigits, many, t } from "./speech.js";

export const AREAS = ["loading", "muscle", "bone", "nutrition_hormones", "recovery_energy"];
const BANDS = new Set(["supportive", "mixed", "review", "insufficient", "not_applied"]);
const OWN_RULE = "rem.own";
const DAY = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
const TIME = { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };

export function day(text) {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text ?? "") ? new Date(`${text.slice(0, 10)}T00:00:00Z`) : null;
  return at && !Number.isNaN(at.valueOf()) ? dated("day", DAY).format(at) : String(text ?? "");
}

export const time = (ms) => dated("time", TIME).format(new Date(ms));

export function daysUntil(date, today = localDay()) {
  return Math.round((Date.parse(`${date}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000);
}

export function when(date) {
  const days = daysUntil(date);
  return days > 0 ? many("day.in", days) : days < 0 ? many("day.overdue", -days) : t("day.today");
}

export const plain = (key) => {
  const words = String(key ?? "").replaceAll("_", " ");
  return /^[a-z]+[A-Z]/.test(words) ? words : words.charAt(0).toUpperCase() + words.slice(1); // eGFR stays
};

// What an activity, an exercise or an analyte is called.
export const named = (names, key) => plain(names?.[key] ?? key);

// A text by locale, in the language asked for, else in English, else in whichever there is.
export function said(texts, locale) {
  if (!texts || typeof texts !== "object") return "";
  const found = inLanguage(texts, locale) ?? Object.values(texts)[0];
  return typeof found === "string" ? found : "";
}

export function firstSentence(text) {
  const stop = text.indexOf(". ");
  return stop < 0 ? [text, ""] : [text.slice(0, stop + 1), text.slice(stop + 2)];
}

export function quantity({ comparator, value, value_text: text, unit }) {
  if (value === undefined || value === null) return text ?? "";
  return [`${comparator ?? ""}${inDigits(digitsOf(value))}`, unit].filter(Boolean).join(" ");
}

// What a reminder asks for. Its own text is written for a lock screen and names nothing, but for
// those that people write themselves.
export function titleOf({ rule, topic, text }, tables, locale) {
  if (rule === OWN_RULE) return said(text, locale);
  const analyte = tables.analytes.find(({ key }) => key === topic);
  return tables.titles[rule] ?? (analyte ? plain(t("inbox.repeat", { what: analyte.label })) : said(text, locale) || plain(topic));
}

// Why it is there, with the day of the result it came from if that is on this device.
export function whyOf({ reason, source_record: source }, tables, entries) {
  const from = entries.find(({ id }) => id === source)?.body;
  const on = from ? ` (${day(from.collected_at ?? from.local_date)})` : "";
  return `${tables.reasons[reason] ?? String(reason ?? "").replaceAll("_", " ")}${on}`;
}

// A band: its shape, its word, its colour.
export function band(key, { large = false } = {}) {
  const known = BANDS.has(key) ? key : "not_applied";
  const shapes = {
    supportive: [svg("circle", { class: "band-fill", cx: 6, cy: 6, r: 5.6 })],
    mixed: [svg("circle", { class: "band-ring", cx: 6, cy: 6, r: 5 }), svg("path", { class: "band-fill", d: "M6 1a5 5 0 0 0 0 10z" })],
    review: [svg("path", { class: "band-fill", d: "M6 .6 11.8 11H.2z" })],
    insufficient: [svg("circle", { class: "band-ring band-dash", cx: 6, cy: 6, r: 5 })],
    not_applied: [svg("path", { class: "band-fill", d: "M1 5h10v2H1z" })],
  };
  return h("span", { class: `band band-${known}${large ? " band-large" : ""}` },
    svg("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, shapes[known]), t(`band.${known}`));
}
