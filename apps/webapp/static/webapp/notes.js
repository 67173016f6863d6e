// What coaches wrote, newest first, each with room for an answer that is sent when it can be.
import { isAnswer, coachTabs, newestNotes, teamOf } from "./coaches.js";
import { complain, field, h } from "./dom.js";
import { localDay } from "./clock.js";
import { t } from "./speech.js";
import * as store from "./store.js";
import { day, plain, time } from "./words.js";

const SHOWN = 60, MOST_CHARACTERS = 5000; // of an answer
const drafts = new Map(); // what was typed and not sent, by note
let whose; // drafts they are

export function notes(view, context) {
  if (whose !== view.state.athlete) drafts.clear();
  whose = view.state.athlete;
  const found = newestNotes(view.notes), there = new Set(found.map(({ id }) => id));
  const lost = [...drafts].filter(([id, text]) => text.trim() && !there.has(id) && view.state.complete);
  return h("div", { class: "stack" }, coachTabs("#/notes", t("note.title")),
    view.attention.filter(isAnswer).map((item) => refused(item, context)),
    lost.map(([id, text]) => kept(t("note.lost"), text,
      [["note.away", () => drafts.delete(id), "note.away_done"]], id, context)),
    found.length
      ? h("ul", { class: "plain-list stack", "aria-label": t("note.list") }, found.slice(0, SHOWN).map((note) => line(note, view, context)))
      : h("div", { class: "empty stack-s" }, h("h2", {}, t("note.none")),
        h("p", {}, t("note.empty"))),
    found.length > 0 && h("p", { class: "small muted" }, found.length > SHOWN && `${t("entries.newest", { count: SHOWN })} `,
      t("note.team_reads")));
}

function line({ id, seen, body, isWaiting }, view, context) {
  const team = teamOf(body, view.grants), rest = body.planned_rest_until;
  const about = view.entries.find((entry) => entry.id === body.about);
  return h("li", { class: "card stack-s", "aria-label": t("note.of", { who: body.by_name || t("coaches.a_coach"), when: whenOf(body) }) },
    h("div", { class: "row row-between" },
      h("p", {}, h("strong", { dir: "auto" }, body.by_name || t("coaches.a_coach")), team && h("span", { class: "muted", dir: "auto" }, ` · ${team}`)),
      body.written_at && h("time", { class: "number small muted", datetime: body.written_at }, whenOf(body))),
    rest && h("p", {}, h("span", { class: `tag${rest >= localDay() ? " tag-due" : ""}` }, `${t("note.rest")} `, h("time", { datetime: rest }, day(rest)))),
    h("p", { class: "app-words", dir: "auto" }, body.text),
    about && h("p", { class: "small" }, `${t("note.about")} `, h("a", { href: `#/${about.type === "lab_result" ? "lab" : "workout"}/${about.id}` }, t("note.entry", { day: day(about.body.local_date ?? about.body.collected_at) }))),
    body.answer && h("div", { class: "app-answer stack-s" },
      h("div", { class: "row row-between" }, h("p", { class: "small muted" }, t("note.yours")),
        h("span", { class: `tag${isWaiting ? " tag-due" : ""}` }, t(isWaiting ? "note.waiting" : "entries.sent"))),
      h("p", { class: "app-words", dir: "auto" }, body.answer)),
    form({ id, seen, body }, context));
}

function form({ id, seen, body }, { changed, say }) {
  const words = h("textarea", { id: `answer-${id}`, rows: 2, maxlength: MOST_CHARACTERS, dir: "auto", "data-key": `${id}-answer`,
    value: drafts.get(id) ?? body.answer ?? "", oninput: () => drafts.set(id, words.value) });
  const submit = async (event) => {
    event.preventDefault();
    const answer = words.value.trim();
    if (answer === (body.answer ?? "")) {
      complain(words, t(answer ? "note.again" : "note.write"));
      return words.focus();
    }
    await store.edit({ type: "coach_note", id, seen, ...(answer ? { set: { answer } } : { unset: ["answer"] }) });
    drafts.delete(id);
    words.closest("details").open = false;
    document.getElementById("coach-title")?.focus(); // else the screen waits for who is typing
    changed();
    say(t(answer ? "note.saved" : "note.withdrawn"));
  };
  return h("details", { "data-key": `${id}-form`, open: drafts.has(id) },
    h("summary", { "data-key": `${id}-open` }, t(body.answer ? "note.change" : "note.answer")),
    h("form", { class: "stack-s app-answering", novalidate: true, onsubmit: submit },
      field([t("note.yours"), h("span", { class: "visually-hidden" }, t("note.answer_to", { who: body.by_name || t("coaches.a_coach"), when: whenOf(body) }))], words),
      h("div", {}, h("button", { class: "button button-small", type: "submit" }, t(body.answer ? "note.change_send" : "note.send")))));
}

// An answer the server did not take: why, the words, and what can be done with them.
export function refused({ op, edit, outcome, result, isGone }, context) {
  const code = result.code ?? outcome;
  const why = isGone ? t("note.answer_lost") : t("note.answer_refused", { code: plain(code).toLowerCase() });
  const ways = [["note.away", () => store.giveUp(op), "note.away_done"]];
  if (!isGone) ways.unshift(["entries.send_again", () => store.redo(op), "entries.sent_again"]);
  return kept(why, edit.set?.answer ?? "", ways, op, context);
}

function kept(why, text, ways, key, { changed, say }) {
  const act = (work, words) => async () => {
    await work();
    changed();
    say(t(words));
    document.getElementById("main").focus();
  };
  return h("article", { class: "card stack-s app-kept" }, h("p", {}, h("strong", {}, why)),
    text && [h("p", { class: "small muted" }, t("note.kept")), h("blockquote", { class: "app-words", dir: "auto" }, text)],
    h("div", { class: "button-row" }, ways.map(([label, work, words]) => h("button", { type: "button", "data-key": `${key}-${label}`,
      class: "button button-quiet button-small", onclick: act(work, words) }, t(label)))));
}

const whenOf = ({ written_at: written }) => (written ? time(Date.parse(written)) : "");
