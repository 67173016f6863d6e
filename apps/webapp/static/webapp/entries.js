// Own entries with what became of them, and those that need a decision.
import { h } from "./dom.js";
import * as store from "./store.js";
import { isAnswer } from "./coaches.js";
import { digitsOf } from "./lossless.js";
import { refused } from "./notes.js";
import { inDigits, t } from "./speech.js";
import { day, named, plain, quantity } from "./words.js";

const SHOWN = 60;
const KINDS = new Set(["workout_session", "lab_result", "athlete_profile", "reminder_ack"]);
const REASONS = new Set(["deleted", "quota", "invalid", "too-large", "unknown-type", "base-failed", "group-failed"]);

export function entries(view, context) {
  return h("div", { class: "stack" },
    h("div", { class: "row row-between" }, h("h1", { tabindex: "-1", id: "entries-title", "data-key": "entries-title" }, t("entries.title")),
      h("a", { class: "button button-small", href: "#/workout" }, t("entries.add"))),
    view.attention.length > 0 && h("section", { class: "stack", "aria-labelledby": "attention" },
      h("h2", { class: "card-title", id: "attention" }, t("entries.look")), view.attention.map((item) => (isAnswer(item) ? refused(item, context) : decision(item, view, context)))),
    view.entries.length ? h("ul", { class: "rows card" }, view.entries.slice(0, SHOWN).map((entry) => line(entry, context)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, t("entries.none")),
        h("p", {}, t("entries.empty"))),
    view.entries.length > SHOWN && h("p", { class: "small muted" }, t("entries.newest", { count: SHOWN })));
}

function line({ id, type, seen, body, isWaiting }, { changed, say, tables }) {
  const isWorkout = type === "workout_session";
  const title = isWorkout ? named(tables.activityNames, body.activity) : plain(labelOf(body, tables));
  const remove = async () => {
    if (!confirm(t("entries.confirm", { title, day: day(body.local_date ?? body.collected_at) }))) return;
    await store.edit({ type, id, seen, action: "delete" });
    changed();
    say(t("entries.deleted"));
    document.getElementById("entries-title")?.focus();
  };
  return h("li", { class: "app-entry" },
    h("div", { class: "app-entry-main" }, h("p", {}, h("strong", {}, title), " ", h("span", { class: "number" }, isWorkout ? numbersOf(body) : quantity(body))),
      h("p", { class: "small muted" }, [day(body.local_date ?? body.collected_at), !isWorkout && body.lab].filter(Boolean).join(" · "))),
    h("div", { class: "app-entry-side" }, h("span", { class: `tag${isWaiting ? " tag-due" : ""}` }, t(isWaiting ? "entries.waiting" : "entries.sent")),
      h("span", { class: "row" }, h("a", { class: "small", href: `#/${isWorkout ? "workout" : "lab"}/${id}`, "data-key": `${id}-edit`, "aria-label": t("entries.change_what", { title }) }, t("entries.change")),
        h("button", { type: "button", class: "button-link small", "data-key": `${id}-delete`, "aria-label": t("entries.delete_what", { title }), onclick: remove }, t("entries.delete")))));
}

const labelOf = ({ analyte, code_text: text, codes }, { analytes }) => analytes.find(({ key }) => key === analyte)?.label
  ?? analyte ?? text ?? codes?.[0]?.text ?? codes?.[0]?.code ?? t("entries.result");

function numbersOf({ started_at: start, ended_at: end, rpe }) {
  const minutes = Math.round((Date.parse(end) - Date.parse(start)) / 60_000);
  return [Number.isFinite(minutes) && t("entries.minutes", { count: minutes }), rpe !== undefined && t("entries.effort", { effort: inDigits(digitsOf(rpe)) })].filter(Boolean).join(", ");
}

// An edit the server did not take: both values, and the two ways on.
function decision({ op, edit, outcome, result, record }, view, { changed, say }) {
  const code = result.code ?? result.kind ?? "";
  const clashes = outcome === "conflict" ? (result.clashes ?? []) : [];
  const why = outcome === "conflict" ? t("reason.conflict") : REASONS.has(code) ? t(`reason.${code}`) : t("reason.other", { code: code || outcome });
  const kind = KINDS.has(edit.type) ? t(`kind.${edit.type}`) : plain(edit.type);
  const decide = (work, words) => async () => {
    await work();
    changed();
    say(words);
    document.getElementById("entries-title")?.focus();
  };
  return h("article", { class: "card stack-s" },
    h("p", {}, h("strong", {}, record ? t("entries.of", { kind, day: day(record.local_date ?? record.collected_at ?? "") }) : kind), `. ${why}`),
    clashes.length > 0 && h("dl", { class: "facts" }, clashes.map(({ path, stored, sent }) =>
      [["stored", stored], ["yours", sent]].map(([whose, value]) => h("div", {}, h("dt", {}, t(`entries.${whose}`, { field: plain(path.split("/").pop()) })), h("dd", {}, shown(value)))))),
    (result.pointers ?? []).length > 0 && h("p", { class: "small muted" }, t("entries.at", { places: result.pointers.join(", ") })),
    h("div", { class: "button-row" },
      h("button", { type: "button", class: "button button-small", "data-key": `${op}-redo`, onclick: decide(() => store.redo(op), t("entries.sent_again")) }, t(clashes.length ? "entries.keep_mine" : "entries.send_again")),
      h("button", { type: "button", class: "button button-quiet button-small", "data-key": `${op}-drop`, onclick: decide(() => store.giveUp(op), t("entries.given_up")) }, t(clashes.length ? "entries.keep_stored" : "entries.give_up"))));
}

const shown = (value) => (value === undefined || value === null ? t("entries.removed") : typeof value === "object" && !("\u0000n" in value) ? JSON.stringify(value) : digitsOf(value));
