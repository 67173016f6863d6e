// What there is for a locale, for its language ("de" for "de-AT"), or in English.
export function inLanguage(texts, locale) {
  const wanted = typeof locale === "string" ? locale.trim() : "";
  return texts?.[wanted] ?? texts?.[wanted.split(/[-_]/)[0].toLowerCase()] ?? texts?.en;
}
