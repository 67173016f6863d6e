// What the workouts and results mean, in the server's words, and whether they have all been sent.
import { h } from "./dom.js";
import { inLanguage } from "./language.js";
import { many, t } from "./speech.js";
import { AREAS, band, day, daysUntil, firstSentence, said, time, titleOf, when } from "./words.js";

// Where this app takes what a step asks for; other steps take another app, a test or a laboratory.
const PLACES = { record_born_date: "#/settings", record_srpe_days: "#/workout",
  record_vitd_25oh: "#/lab", record_calcium_with_albumin: "#/lab" };

export function today(view, { tables }) {
  const { summary, state, profile } = view;
  const { locale } = profile;
  return h("div", { class: "stack-l" },
    summary ? headline(summary, locale, view) : nothingYet(view),
    view.open.length > 0 && due(view.open, locale, tables),
    summary && areas(summary, locale),
    h("p", { class: "small muted" }, inLanguage(summary?.texts, locale)?.footer ?? "",
      state.syncedAt ? ` ${t("today.synced", { time: time(state.syncedAt) })}` : ""));
}

function headline(summary, locale, view) {
  const texts = inLanguage(summary.texts, locale) ?? {};
  let [assessed, main] = firstSentence(String(texts.headline ?? ""));
  if (summary.overall === "insufficient" || !main) [assessed, main] = [main, assessed];
  const findings = Object.values(summary.domains ?? {}).flatMap(({ findings: found }) => found ?? []);
  const safety = findings.filter(({ code }) => (summary.safety ?? []).includes(code));
  const next = step(summary.next_step, locale);
  return h("section", { class: "stack", "aria-labelledby": "headline" },
    safety.map((finding) => h("div", { class: "notice notice-bad" }, h("p", {}, h("strong", {}, said(finding.text, locale))))),
    h("p", { class: "eyebrow" }, t("today.as_of", { day: day(summary.as_of) })),
    h("p", {}, band(summary.overall, { large: true })),
    h("h1", { id: "headline" }, main),
    assessed && h("p", { class: "lede muted" }, assessed),
    isBehind(view) && h("p", { class: "small muted" }, t("today.behind")),
    next && h("div", { class: "next" }, h("h2", { class: "next-title" }, t("today.next")), h("p", { class: "next-step" }, next),
      (summary.also ?? []).length > 0 && h("ul", { class: "next-also" }, summary.also.map((one) => h("li", {}, step(one, locale))))));
}

function step(one, locale) {
  const words = said(one, locale), place = PLACES[one?.code];
  return words && place ? h("a", { href: place }, words) : words;
}

const isBehind = ({ waiting, state }) => waiting > 0 || state.derived?.state === "pending";

function nothingYet({ state, entries }) {
  const isLoading = !state.complete && !entries.length;
  return h("section", { class: "stack hero-empty" },
    h("p", { class: "eyebrow" }, state.name ? t("today.welcome_name", { name: state.name }) : t("today.welcome")),
    h("h1", {}, t(isLoading ? "today.loading" : entries.length ? "today.soon" : "today.none")),
    h("p", { class: "lede muted" }, t(entries.length ? "today.soon_note" : "today.none_note")),
    h("p", { class: "button-row" }, h("a", { class: "button", href: "#/workout" }, t("today.add_workout")),
      h("a", { class: "button button-quiet", href: "#/lab" }, t("today.add_lab"))));
}

function due(open, locale, tables) {
  return h("section", { class: "card", "aria-labelledby": "due" },
    h("div", { class: "card-head" }, h("h2", { class: "card-title", id: "due" }, t("today.due")),
      h("a", { class: "small", href: "#/inbox" }, many("today.reminders", open.length))),
    h("ul", { class: "rows" }, open.slice(0, 3).map(({ body }) => h("li", { class: "app-line" },
      h("span", {}, titleOf(body, tables, locale)), h("span", { class: `tag ${daysUntil(body.due_date) < 0 ? "tag-overdue" : "tag-due"}` }, when(body.due_date))))));
}

function areas(summary, locale) {
  const names = AREAS.filter((name) => summary.domains?.[name]);
  return h("section", { "aria-labelledby": "areas" },
    h("div", { class: "section-head" }, h("h2", { id: "areas" }, t("today.areas")),
      h("p", { class: "section-note small" }, t("today.areas_note"))),
    h("div", { class: "card app-areas" }, names.map((name) => area(name, summary.domains[name], locale))));
}

function area(name, one, locale) {
  const found = one.findings ?? [];
  return h("details", { "data-key": `area-${name}` },
    h("summary", { "data-key": `area-${name}-title` }, h("span", { class: "app-area-name" }, t(`area.${name}`)), band(one.band)),
    h("div", { class: "stack-s" },
      found.map((finding) => h("div", {}, h("p", {}, said(finding.text, locale)),
        h("p", { class: "small muted" }, t("today.recorded", { day: day(finding.observed_on) })))),
      !found.length && h("p", { class: "muted" }, t("today.too_little"))));
}
